import type { Segment } from './profiles.ts'

/**
 * What one generator process is asked to do: written by the lab as JSON, read by the k6 scenario from the file
 * named by `__ENV.LAB_PLAN`. Times are whole milliseconds or microseconds as their names say.
 */
export interface Plan {
  readonly schema: 'lab.plan/1'
  readonly scenario: string
  /** Index of this generator, part of every message's identity. */
  readonly generator: number
  readonly seed: number
  readonly target: {
    /** `ws://host:port/ws`, users are spread round robin. */
    readonly gateways: readonly string[]
    /** `http://host:port`: history for the resume after a reconnect. */
    readonly api: string
  }
  /** Path of a JSON file `Fleet`; holds tokens, so it lies outside the run folder and is deleted after the run. */
  readonly fleetFile: string
  /** Folder for the generator's outputs. */
  readonly outDir: string
  readonly profile: readonly Segment[]
  readonly arrivals: 'uniform' | 'poisson'
  readonly body: { readonly bytes: number; readonly languages: readonly ('ko' | 'en')[] }
  /** A message counts as goodput when every member got it within this time of `t0`. */
  readonly goodputBoundUs: number
  readonly connect: { readonly concurrency: number; readonly timeoutMs: number }
  readonly heartbeatMs: number
  readonly drain: { readonly quietMs: number; readonly maxMs: number }
}

export interface Fleet {
  readonly users: readonly { readonly id: string; readonly token: string }[]
  /** Members are indices into `users`; every member subscribes to the room. */
  readonly rooms: readonly {
    readonly id: string
    readonly members: readonly number[]
    /** Seq of the room's last message before the run; absent or 0 where it is empty. */
    readonly historySeq?: number
  }[]
}
