import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { noCache } from '../../../system/caches/none.ts'
import type { Knobs } from '../../../system/editions/edition.ts'
import { editions } from '../../../system/editions/index.ts'
import { openLogFanout } from '../../../system/fanouts/log.ts'
import { openMemoryFanout } from '../../../system/fanouts/memory.ts'
import { openMemoryLog } from '../../../system/logs/memory.ts'
import { openPipeline } from '../../../system/pipelines/open.ts'
import type { Pipeline } from '../../../system/pipelines/pipeline.ts'
import { type GatewayBounds, gatewayBounds } from '../../../system/roles/gateway/bounds.ts'
import { startBoundedGateway } from '../../../system/roles/gateway/gateway.ts'
import { createTokens } from '../../../system/roles/jwt.ts'
import type { RoleContext, RunningRole } from '../../../system/roles/role.ts'
import type { Tokens } from '../../../system/roles/tokens.ts'
import { SqliteStore } from '../../../system/stores/sqlite/store.ts'
import type { Store } from '../../../system/stores/store.ts'

export interface RigOptions {
  readonly knobs?: Partial<Knobs>
  readonly bounds?: Partial<GatewayBounds>
  readonly gateways?: number
  /** The log-first pipeline and a fan-out over a log in memory. Nobody persists: the store stays without messages. */
  readonly logFirst?: boolean
  /** Stands between the gateways and the real pipeline. */
  readonly pipeline?: (inner: Pipeline) => Pipeline
}

/** Gateways over a real SQLite file, by default with memory fan-out and store-first pipeline, on loopback. */
export interface Rig {
  readonly context: RoleContext
  readonly store: Store
  readonly urls: readonly string[]
  readonly gateways: readonly RunningRole[]
  /** A user with a token; `lifetimeMs` may be negative. */
  user(nickname: string, lifetimeMs?: number): Promise<RigUser>
  room(...members: readonly RigUser[]): Promise<string>
  /** From now on the user's token has expired, also in sessions that live. */
  expire(user: RigUser): void
  /** The value of a metric, summed over its labels. */
  metric(name: string): Promise<number>
  /** Resolves when the metric has the value. */
  until(name: string, value: number): Promise<void>
  close(): Promise<void>
}

export interface RigUser {
  readonly id: string
  readonly nickname: string
  readonly token: string
}

export async function startRig(options: RigOptions = {}): Promise<Rig> {
  const folder = mkdtempSync(join(tmpdir(), 'chat-gateway-test-'))
  const store = await SqliteStore.open(join(folder, 'chat.db'))
  const expired = new Set<string>()
  const context = await contextOver(store, options, expired)
  const servers: Server[] = []
  const gateways: RunningRole[] = []
  for (let i = 0; i < (options.gateways ?? 1); i++) {
    const server = createServer()
    gateways.push(await startBoundedGateway(context, server, { ...gatewayBounds, ...options.bounds }))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    servers.push(server)
  }
  return {
    context,
    store,
    gateways,
    urls: servers.map((server) => `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`),
    ...people(context, store),
    expire: (user) => expired.add(user.id),
    metric: (name) => metricSum(context.metrics, name),
    until: async (name, value) => {
      while ((await metricSum(context.metrics, name)) !== value) await new Promise((resolve) => setTimeout(resolve, 5))
    },
    close: async () => {
      for (const gateway of gateways) await gateway.close()
      for (const server of servers) await new Promise((resolve) => server.close(resolve))
      await context.fanout.close()
      await store.close()
      rmSync(folder, { recursive: true })
    },
  }
}

async function contextOver(store: Store, options: RigOptions, expired: ReadonlySet<string>): Promise<RoleContext> {
  const edition = { ...editions.sqlite, knobs: { ...editions.sqlite.knobs, lingerMs: 0, ...options.knobs } }
  const log = options.logFirst ? openMemoryLog() : undefined
  const logger = pino({ level: 'silent' })
  const { partitions } = edition.knobs
  const fanout = log ? openLogFanout({ log, store, partitions, logger }) : openMemoryFanout()
  const choice = { pipeline: log ? 'log-first' : 'store-first', knobs: edition.knobs } as const
  const pipeline = await openPipeline(choice, { store, log, fanout }, { learns: true })
  return {
    edition,
    nodeId: 'test',
    store,
    log,
    fanout,
    redis: undefined,
    cache: noCache,
    pipeline: options.pipeline?.(pipeline) ?? pipeline,
    tokens: expiring(await createTokens(randomUUID() + randomUUID()), expired),
    metrics: new Registry(),
    logger,
  }
}

/** Tokens whose time can be made to run out between two lines of a test. */
function expiring(tokens: Tokens, expired: ReadonlySet<string>): Tokens {
  return {
    sign: (user, lifetimeMs) => tokens.sign(user, lifetimeMs),
    verify: async (token) => {
      const claims = await tokens.verify(token)
      return {
        ...claims,
        get expiresAtMs() {
          return expired.has(claims.userId) ? 0 : claims.expiresAtMs
        },
      }
    },
  }
}

function people(context: RoleContext, store: Store): Pick<Rig, 'user' | 'room'> {
  return {
    user: async (nickname, lifetimeMs = 60_000) => {
      const id = `user-${nickname}-${randomUUID().slice(0, 8)}`
      const unique = { login: id, email: `${id}@example.org`, nickname: id }
      await store.directory.addUser({ id, ...unique, passwordHash: '', createdAtMs: 0 })
      return { id, nickname, token: await context.tokens.sign({ id, nickname }, lifetimeMs) }
    },
    room: async (...members) => {
      const id = `room-${randomUUID().slice(0, 8)}`
      const room = { id, code: randomUUID(), kind: 'group' as const, createdAtMs: 0 }
      await store.directory.createRoom(
        room,
        members.map((member) => member.id),
      )
      return id
    },
  }
}

async function metricSum(registry: Registry, name: string): Promise<number> {
  const metric = await registry.getSingleMetric(name)?.get()
  return (metric?.values ?? []).reduce((sum, { value }) => sum + value, 0)
}
