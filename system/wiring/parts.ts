import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { ulid } from 'ulid'
import { openFanout } from '../fanouts/open.ts'
import { type DurableLog, LogError } from '../logs/log.ts'
import { openLog } from '../logs/open.ts'
import { openPipeline } from '../pipelines/open.ts'
import type { Pipeline } from '../pipelines/pipeline.ts'
import { createTokens } from '../roles/jwt.ts'
import type { RoleContext } from '../roles/role.ts'
import { openStore } from '../stores/open.ts'
import { type Store, StoreError } from '../stores/store.ts'
import type { Closers } from './closers.ts'
import { StartError } from './failure.ts'
import { checkPartitions } from './log-topic.ts'
import type { ProcessOptions } from './options.ts'
import { patiently } from './patiently.ts'

/** Opens the parts an edition names, in the order they need each other. Rejects with a StartError where one is not there. */
export async function openParts(options: ProcessOptions, logger: Logger, closers: Closers): Promise<RoleContext> {
  try {
    return await open(options, logger, closers)
  } catch (error) {
    if (error instanceof StoreError)
      throw new StartError(error.message, 'Check CHAT_STORE_URL and that the store runs.', { cause: error })
    if (error instanceof LogError)
      throw new StartError(error.message, 'Check CHAT_LOG_URL and that the log runs.', { cause: error })
    throw error
  }
}

async function open(options: ProcessOptions, logger: Logger, closers: Closers): Promise<RoleContext> {
  const { edition } = options
  const nodeId = ulid()
  const metrics = new Registry()
  collectDefaultMetrics({ register: metrics })
  const patience = { untilMs: Date.now() + options.waitMs, logger }
  const store = await patiently(() => storeOf(options, logger, closers), patience)
  const log = logOf(options, nodeId, closers)
  if (log !== undefined) await patiently(() => checkPartitions(log, edition.knobs.partitions, logger), patience)
  const fanout = openFanout(edition.fanout, log && logFanoutParts(log, store, options, logger))
  closers.add('fan-out', () => fanout.close())
  // Where there is a gateway, its fan-out reads every message anyway, so the pipeline may learn from it.
  const learns = options.roles.includes('gateway')
  const pipeline = await openPipeline(edition, { store, log, fanout }, { learns })
  countPending(pipeline, metrics)
  const tokens = await createTokens(options.tokenSecret)
  return { edition, nodeId, store, log, fanout, pipeline, tokens, metrics, logger: logger.child({ nodeId }) }
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

function logOf({ edition, logUrl }: ProcessOptions, nodeId: string, closers: Closers): DurableLog | undefined {
  if (edition.log === 'none') return undefined
  const log = openLog(edition.log, { url: logUrl, nodeId })
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
