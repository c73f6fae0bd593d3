import { setTimeout as sleep } from 'node:timers/promises'
import { Client, policies, types } from 'cassandra-driver'
import type { CassandraAddress } from './address.ts'
import { isBeingMade, isNoHost } from './errors.ts'

/** Statements of one process that are under way at once: enough to share each sync of the commit log, no queue. */
export const requestsInFlight = 64
const connectTimeoutMs = 5_000
/** Above the server's own time limits, so that it is the server who tells what it knows. */
const readTimeoutMs = 12_000
const reconnectMs = 200
/** How long a statement waits for a node to come back, as other drivers do by themselves. */
const patienceMs = 5_000
const retryPauseMs = 100

export interface Statement {
  readonly query: string
  readonly params: readonly unknown[]
}

/**
 * One connection pool. Writes and reads are LOCAL_QUORUM, so that a read sees every write that was acknowledged; claims
 * are LOCAL_SERIAL. Statements are prepared and go to a replica of their partition (the driver's default policy is
 * token-aware). Values left undefined are not sent, so they leave no tombstone.
 */
export class Session {
  readonly client: Client

  constructor({ contactPoints, dataCenter, credentials }: CassandraAddress) {
    const { localQuorum, localSerial } = types.consistencies
    const { local, remote } = types.distance
    this.client = new Client({
      contactPoints: [...contactPoints],
      localDataCenter: dataCenter,
      credentials,
      pooling: { coreConnectionsPerHost: { [local]: 1, [remote]: 1 }, maxRequestsPerConnection: 2_048 },
      policies: { reconnection: new policies.reconnection.ConstantReconnectionPolicy(reconnectMs) },
      queryOptions: { prepare: true, consistency: localQuorum, serialConsistency: localSerial },
      socketOptions: { connectTimeout: connectTimeoutMs, readTimeout: readTimeoutMs, tcpNoDelay: true },
    })
    // When no node was left and one came back, the driver (4.10.0) takes a new object for it and forgets the old one,
    // which would go on reconnecting after everything is shut down.
    this.client.on('hostRemove', (host: { shutdown(): Promise<void> }) => void host.shutdown().catch(() => {}))
    refreshOneAtATime(this.client)
  }

  /** Every row, page after page. */
  async rows(query: string, params: readonly unknown[] = []): Promise<types.Row[]> {
    const result = await this.#patient(() => this.client.execute(query, [...params]))
    if (!result.pageState) return result.rows
    const rows: types.Row[] = []
    for await (const row of result) rows.push(row)
    return rows
  }

  async first(query: string, params: readonly unknown[] = []): Promise<types.Row | undefined> {
    return (await this.rows(query, params))[0]
  }

  /** Reads after every Paxos round that may be under way on the partition. */
  async serialRows(query: string, params: readonly unknown[]): Promise<types.Row[]> {
    const options = { consistency: types.consistencies.localSerial }
    return (await this.#patient(() => this.client.execute(query, [...params], options))).rows
  }

  async write(query: string, params: readonly unknown[]): Promise<void> {
    await this.#patient(() => this.client.execute(query, [...params]))
  }

  /** A conditional write. Resolves whether its condition held. */
  async conditional(query: string, params: readonly unknown[]): Promise<boolean> {
    return (await this.#patient(() => this.client.execute(query, [...params]))).wasApplied()
  }

  /** Statements of one partition as one mutation; conditional ones hold all or none. Resolves whether they did. */
  async onePartition(statements: readonly Statement[]): Promise<boolean> {
    if (statements.length === 1) return this.conditional(statements[0]!.query, statements[0]!.params)
    return this.#batch(statements, false)
  }

  /** Statements of several partitions of which, once acknowledged, none stays undone: through the batch log. */
  async together(statements: readonly Statement[]): Promise<void> {
    await this.#batch(statements, true)
  }

  /** A statement that is not worth preparing: schema changes. */
  async change(query: string): Promise<void> {
    await this.#patient(() => this.client.execute(query, [], { prepare: false }))
  }

  async #batch(statements: readonly Statement[], logged: boolean): Promise<boolean> {
    const queries = statements as { query: string; params: unknown[] }[]
    return (await this.#patient(() => this.client.batch(queries, { logged, prepare: true }))).wasApplied()
  }

  /** A node that restarts is away for a moment, and so is a new table: what was not executed is tried again until the patience ends. */
  async #patient<Result>(attempt: () => Promise<Result>): Promise<Result> {
    const deadlineMs = performance.now() + patienceMs
    for (;;) {
      try {
        return await attempt()
      } catch (error) {
        if (!(isNoHost(error) || isBeingMade(error)) || performance.now() > deadlineMs) throw error
        await sleep(retryPauseMs)
      }
    }
  }
}

/** What is not public of the driver's control connection, which learns of nodes that come and go. */
interface ControlConnection {
  _isShuttingDown: boolean
  _refresh(rest?: Iterator<unknown>): Promise<void>
}

/**
 * When its node dies during a refresh, the driver (4.10.0) begins a second one, which takes the connection away that
 * the first is using; the first then fails where nobody listens, and Node ends the process for that.
 */
function refreshOneAtATime(client: Client): void {
  const control = (client as unknown as { controlConnection: ControlConnection }).controlConnection
  const refresh = control._refresh.bind(control)
  let running: Promise<void> | undefined
  const again = async (): Promise<void> => {
    try {
      await refresh()
    } catch (error) {
      if (control._isShuttingDown) return
      client.emit('log', 'error', 'ControlConnection', 'a refresh failed and is tried again', error)
      await sleep(reconnectMs)
      await again()
    }
  }
  control._refresh = (rest) => {
    // With the rest of a query plan it is a refresh that goes on.
    if (rest !== undefined) return refresh(rest)
    running ??= again().finally(() => {
      running = undefined
    })
    return running
  }
}

/** Runs `work` for each item, a bounded number at a time; results in the order of the items. Rejects with the first failure. */
export async function eachOf<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results = new Array<Result>(items.length)
  const entries = items.entries()
  const runner = async () => {
    for (const [index, item] of entries) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(requestsInFlight, items.length) }, runner))
  return results
}
