import { setTimeout as delay } from 'node:timers/promises'

/**
 * Waits until nothing is left to be stored, or `maxMs` have passed, or `stop` is aborted. Resolves to the backlog seen
 * last. A target that cannot tell its backlog is given no extra time: the audit will show what is missing.
 */
export async function waitForEmptyBacklog(
  backlog: () => Promise<number | null>,
  onWait: (left: number) => void,
  stop: AbortSignal,
  maxMs: number,
): Promise<number | null> {
  const deadline = Date.now() + maxMs
  for (let polls = 0; ; polls++) {
    const left = await backlog()
    if (left === 0 || left === null || stop.aborted || Date.now() > deadline) return left
    if (polls % 10 === 0) onWait(left)
    await delay(200, undefined, { signal: stop }).catch(() => undefined)
  }
}
