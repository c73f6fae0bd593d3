import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EnvironmentError, type Session } from '../../compose/component.ts'
import { openSession } from '../../compose/native/session.ts'
import { openStore } from '../../system/stores/open.ts'
import type { BenchParts, BenchRow } from './row.ts'
import { bareCassandra } from './stores/cassandra.ts'
import { against, costsOf, inTurn, note } from './stores/costs.ts'
import type { Floor } from './stores/floor.ts'
import { bareMongo } from './stores/mongo.ts'
import { bareMysql } from './stores/mysql.ts'
import { barePostgres } from './stores/postgres.ts'
import { sqliteAppend } from './stores/sqlite.ts'

const target = 1.2

interface Server {
  readonly floor: (url: string) => Promise<Floor>
  /** Rows a write: a small one, and what the persister writes at 5,000 messages a second. */
  readonly batches: readonly number[]
}

const servers: Readonly<Record<'mongo' | 'mysql' | 'postgres' | 'cassandra', Server>> = {
  mongo: { floor: bareMongo, batches: [100, 1_000] },
  mysql: { floor: bareMysql, batches: [100, 1_000] },
  postgres: { floor: barePostgres, batches: [100, 1_000] },
  cassandra: { floor: bareCassandra, batches: [1_000, 5_000] },
}
type ServerName = keyof typeof servers

/** What `--backends` may name. */
export const benchedBackends = ['sqlite', ...(Object.keys(servers) as ServerName[])] as const

/**
 * What a stored message costs over the bare driver doing the same writes: same rows, same schema, same batches, same
 * durability, in turns, so that both see the same machine. CPU of all threads of this process; medians of the rounds.
 * Engines are started, or taken from the environment, as for a run; one that is not to be had is told and left out.
 */
export async function bench({ backends, stop }: BenchParts): Promise<BenchRow[]> {
  const rows: BenchRow[] = []
  const wanted = benchedBackends.filter((name) => backends.includes(name))
  if (wanted.includes('sqlite'))
    for (const batchRows of [10, 50, 100]) rows.push(...(await sqliteAppend(batchRows, target)))
  for (const name of wanted) if (name !== 'sqlite') rows.push(...(await serverAppends(name, stop)))
  return rows
}

async function serverAppends(name: ServerName, stop: AbortSignal): Promise<BenchRow[]> {
  const runDir = await mkdtemp(join(tmpdir(), 'chat-bench-'))
  const interrupted = Promise.withResolvers<never>()
  interrupted.promise.catch(() => {})
  stop.addEventListener('abort', () => interrupted.reject(stop.reason))
  let session: Session | undefined
  try {
    session = await openSession({ runDir, signal: stop, env: process.env, onProgress: () => {} })
    const { url, identity } = await session.start(name)
    process.stderr.write(`bench: store: ${name} is ${identity.product} ${identity.version}\n`)
    const rows: BenchRow[] = []
    for (const batchRows of servers[name].batches)
      rows.push(await Promise.race([append(name, databaseOf(url), batchRows), interrupted.promise]))
    return rows
  } catch (error) {
    if (stop.aborted || !(error instanceof EnvironmentError)) throw error
    process.stderr.write(`bench: store: ${name} is left out: ${error.message} ${error.remedy}\n`)
    return []
  } finally {
    await session?.close()
    await rm(runDir, { recursive: true, force: true })
  }
}

/** Of the same server; as a text, since `mongodb://` addresses may name several hosts. */
const databaseOf = (url: string): string => url.replace(/^([a-z+]+:\/\/[^/?]+)(?:\/[^?]*)?/, '$1/chat_bench')

async function append(name: ServerName, url: string, batchRows: number): Promise<BenchRow> {
  const store = await openStore(name, url)
  const floor = await servers[name].floor(url)
  const costs = await costsOf(batchRows, (batches) => ({
    floor: inTurn(
      batches.map((batch) => floor.prepare(batch)),
      (prepared) => floor.append(prepared),
    ),
    store: inTurn(batches, async (batch) => void (await store.appendMessages(batch))),
  }))
  await store.close()
  await floor.close()
  return { name: `${name} append, batches of ${batchRows}`, ...against(costs.store, costs.floor), target, note }
}
