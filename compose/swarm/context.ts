import type { Daemon } from '../docker/daemon.ts'
import type { Environment } from '../native/programs.ts'

/** What whoever works with a Swarm needs. */
export interface SwarmContext {
  readonly daemon: Daemon
  readonly env: Environment
  readonly signal: AbortSignal
  /** Told in a sentence what is being waited for. */
  readonly onProgress: (step: string) => void
}
