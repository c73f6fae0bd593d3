import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { ulid } from 'ulid'
import { openCache } from '../caches/open.ts'
import { openFanout } from '../fanouts/open.ts'
import { type DurableLog, LogError } from '../logs/log.ts'
import { openPipeline } from '../pipelines/open.ts'
import type { Pipeline } from '../pipelines/pipeline.ts'
import type { RedisAddress } from '../redis/address.ts'
import { RedisError } from '../redis/error.ts'
import { createTokens } from '../roles/jwt.ts'
import type { RoleContext } from '../roles/role.ts'
import { timedStore } from '../roles/store-metrics.ts'
import { openStore } from '../stores/open.ts'
import { type Store, StoreError } from '../stores/store.ts'
import type { Closers } from './closers.ts'
import { watchEventLoop } from './event-loop.ts'
import { StartError } from './failure.ts'
import { FullDisk } from './full-disk.ts'
import { checkPartitions } from './log-topic.ts'
import type { ProcessOptions } from './options.ts'
import { patiently } from './patiently.ts'

/** What is not there outside of the process, as a StartError that says what to do; anything else as it is. */
export function startErrorOf(error: unknown): unknown {
  const check = (variable: string, what: string) =>
    new StartError((error as Error).message, `Check ${variable} and that ${what} runs.`, { cause: error })
  if (error instanceof StoreError) return check('CHAT_STORE_URL', 'the store')
  if (error instanceof LogError) return check('CHAT_LOG_URL', 'the log')
  if (error instanceof RedisError) return check('CHAT_REDIS_URL', 'Redis')
  return error
}

/** The parts of a process, and what fails when one of them can do its work no more. */
export interface Parts extends RoleContext {
  readonly failed: Promise<never>
}

/** Opens the parts an edition names, in the order they need each other. Rejects with the error of the part that is not there. */
export async function openParts(options: ProcessOptions, logger: Logger, closers: Closers): Promise<Parts> {
  const { edition, redis } = options
  const nodeId = ulid()
  const metrics = new Registry()
  collectDefaultMetrics({ register: metrics })
  watchEventLoop(metrics)
  const patience = { untilMs: Date.now() + options.waitMs, logger }
  const opened = await patiently(() => storeOf(options, logger, closers), patience)
  const { store, failed } = new FullDisk(timedStore(opened, metrics))
  const log = await logOf(options, nodeId, closers)
  if (log !== undefined) await patiently(() => checkPartitions(log, edition.knobs.partitions, logger), patience)
  // Whoever uses it connects by itself, and gives up soon.
  if (redis !== undefined && options.waitMs > 0) await patiently(() => reachRedis(redis, logger), patience)
  const fanout = await openFanout(edition.fanout, { log: log && logFanoutParts(log, store, options, logger), redis })
  closers.add('fan-out', () => fanout.close())
  // Where there is a gateway, its fan-out reads every message anyway, so the pipeline may learn from it.
  const learns = options.roles.includes('gateway')
  const cache = await openCache(edition.cache, redis, logger)
  closers.add('cache', () => cache.close())
  // Elsewhere the persister fills it; here the process that stores is this one.
  if (edition.pipeline === 'store-first' && cache.kind !== 'none')
    await fanout.subscribe({ onMessages: (messages) => void cache.put(messages), onSignals: () => {} })
  const pipeline = await openPipeline(edition, { store, log, fanout }, { learns })
  countPending(pipeline, metrics)
  const tokens = await createTokens(options.tokenSecret)
  return {
    edition,
    nodeId,
    store,
    failed,
    log,
    fanout,
    redis,
    cache,
    pipeline,
    tokens,
    metrics,
    logger: logger.child({ nodeId }),
  }
}

async function reachRedis(address: RedisAddress, logger: Logger): Promise<void> {
  const { RedisConnection } = await import('../redis/connection.ts')
  const connection = new RedisConnection(address, logger)
  await connection.connect()
  connection.close()
}

async function storeOf({ edition, storeUrl }: ProcessOptions, logger: Logger, closers: Closers): Promise<Store> {
  const url = storeUrl ?? `sqlite:${join(await passingFolder(logger, closers), 'chat.db')}`
  const store = await openStore(edition.store, url)
  closers.add('store', () => store.close())
  return store
}

async function passingFolder(logger: Logger, closers: Closers): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'chat-'))
  closers.add('folder', () => rm(folder, { recursive: true, force: true }))
  logger.info({ folder }, 'CHAT_STORE_URL is not set: what is stored goes with this process')
  return folder
}

/** Its client costs a start 0.4 s of CPU, so it is loaded where there is a log. */
async function logOf(
  { edition, logUrl, instanceId }: ProcessOptions,
  nodeId: string,
  closers: Closers,
): Promise<DurableLog | undefined> {
  if (edition.log === 'none') return undefined
  const { openLog } = await import('../logs/open.ts')
  const log = openLog(edition.log, { url: logUrl, nodeId, instanceId })
  closers.add('log', () => log.close())
  return log
}

function logFanoutParts(log: DurableLog, store: Store, { edition }: ProcessOptions, logger: Logger) {
  return {
    log,
    store,
    partitions: edition.knobs.partitions,
    logger,
  }
}

function countPending(pipeline: Pipeline, metrics: Registry): void {
  new Gauge({
    name: 'chat_pending',
    help: 'Drafts that wait for their durable step',
    registers: [metrics],
    collect() {
      this.set(pipeline.pending)
    },
  })
}
