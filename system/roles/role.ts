import type { Server } from 'node:http'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import type { RecentCache } from '../caches/cache.ts'
import type { StoredMarks } from '../chat/stored-marks.ts'
import type { Edition } from '../editions/edition.ts'
import type { Fanout } from '../fanouts/fanout.ts'
import type { DurableLog } from '../logs/log.ts'
import type { Pipeline } from '../pipelines/pipeline.ts'
import type { RedisAddress } from '../redis/address.ts'
import type { Store } from '../stores/store.ts'
import type { Tokens } from './tokens.ts'

/** Everything a role may use. One is made a process, by `system/main.ts`; roles never open parts themselves. */
export interface RoleContext {
  readonly edition: Edition
  /** Names this process in messages' metadata and in metrics. */
  readonly nodeId: string
  readonly store: Store
  /** Undefined where the edition has no log. */
  readonly log: DurableLog | undefined
  readonly fanout: Fanout
  /** Undefined where the edition needs none. */
  readonly redis: RedisAddress | undefined
  readonly cache: RecentCache
  readonly pipeline: Pipeline
  readonly tokens: Tokens
  readonly metrics: Registry
  /** Gets what the persister stores of messages that say when they were sent; absent without that role. */
  readonly storedMarks?: StoredMarks
  readonly logger: Logger
}

/** A role that runs. */
export interface RunningRole {
  /** Reasons why the role cannot serve now; empty = ready. Asked by /readyz. */
  unready(): Promise<string[]>
  /** Stops taking work, finishes what was taken, tells clients to go elsewhere. Bounded by `deadlineMs`. */
  drain(deadlineMs: number): Promise<void>
  /** Closes at once; safe after drain. */
  close(): Promise<void>
  /** Rejects when the role failed for good: the process then exits non-zero. */
  readonly failed: Promise<never>
}

/**
 * How each role is started. A gateway attaches to the `upgrade` event of the server it is given (path `/ws`) and
 * leaves every other request alone; the API attaches its routes to the same server when both share a process.
 * A persister says once when it has stored the first it read, and so has all its start behind it.
 */
export type StartGateway = (context: RoleContext, server: Server) => Promise<RunningRole>
export type StartPersister = (context: RoleContext, onStarted?: () => void) => Promise<RunningRole>
