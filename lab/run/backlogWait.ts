import { setTimeout as delay } from 'node:timers/promises'

export interface BacklogPatience {
  /** Longest wait in all. */
  readonly maxMs: number
  /** Longest time without a figure: a target that cannot tell its backlog would cost every run the whole wait. */
  readonly silentMaxMs: number
  readonly pollMs: number
}

/**
 * Waits until nothing is left to be stored, or patience is over, or `stop` is aborted. Resolves to the backlog told
 * last. No figure (null) is no empty backlog: it is asked for again.
 */
export async function waitForEmptyBacklog(
  backlog: () => Promise<number | null>,
  onWait: (left: number | null) => void,
  stop: AbortSignal,
  { maxMs, silentMaxMs, pollMs }: BacklogPatience,
): Promise<number | null> {
  const startedMs = Date.now()
  let toldMs = startedMs
  let told: number | null = null
  for (let polls = 0; ; polls++) {
    const left = await backlog()
    const nowMs = Date.now()
    if (left !== null) {
      told = left
      toldMs = nowMs
    }
    if (left === 0 || stop.aborted || nowMs - startedMs > maxMs || nowMs - toldMs > silentMaxMs) return told
    if (polls % 10 === 0) onWait(left)
    await delay(pollMs, undefined, { signal: stop }).catch(() => undefined)
  }
}
