import type { Progress } from '../component.ts'
import type { Environment } from '../native/programs.ts'
import type { Cache } from './cache.ts'

/** What every provisioning step needs. */
export interface ProvisionContext {
  readonly cache: Cache
  /** The user's environment: registries, proxies and tool caches are taken from it as they are. */
  readonly env: Environment
  readonly signal: AbortSignal
  readonly onProgress: (progress: Progress) => void
}

/** Seconds left when `done` of `total` took since `startMs`; undefined before there is something to judge by. */
export function secondsLeft(startMs: number, done: number, total: number): number | undefined {
  if (done <= 0 || total <= 0) return undefined
  return Math.round((((Date.now() - startMs) / done) * Math.max(0, total - done)) / 1000)
}
