import type { SwarmContext } from '../../compose/swarm/context.ts'
import type { StackOptions } from './options.ts'

export interface StackIo {
  readonly stdout: { write(text: string): unknown }
  readonly stderr: { write(text: string): unknown }
  readonly env: Readonly<Record<string, string | undefined>>
  /** Calls back for each Ctrl-C; returns how to stop listening. */
  onInterrupt(listener: () => void): () => void
}

/** What one action works with. */
export interface StackTask {
  readonly options: StackOptions
  readonly io: StackIo
  readonly context: SwarmContext
}
