import { setTimeout as delay } from 'node:timers/promises'
import { profileDurationMs } from '../../scenarios/profiles.ts'
import { parseTimelineLine, type TimelineSecond } from '../measure/timeline.ts'
import type { RunningGenerator } from './generator.ts'
import type { LiveView } from './live.ts'
import type { ResolvedRun } from './resolved.ts'
import { followLines } from './tail.ts'

export interface GeneratorEvents {
  /** The profile began, by the wall clock. */
  readonly started: (unixMs: number) => void
  readonly second: (line: TimelineSecond) => void
}

/**
 * Tells what the generator writes until it ends; kills one that does not end in time. Resolves to what was wrong with
 * its end, or null.
 */
export async function followGenerator(
  generator: RunningGenerator,
  { profile, connect, drain }: ResolvedRun,
  view: LiveView,
  stopped: AbortSignal,
  tell: GeneratorEvents,
): Promise<string | null> {
  const ended = new AbortController()
  const limitMs = profileDurationMs(profile) + connect.timeoutMs + drain.maxMs + 60_000
  const exit = Promise.race([generator.exited, delay(limitMs, null, { signal: ended.signal })])
    .catch(() => null)
    .then(async (how) => {
      if (how === null) generator.process.kill()
      await generator.exited
      ended.abort()
      return how
    })
  for await (const text of followLines(generator.timelineFile, ended.signal)) {
    const line = parseTimelineLine(text)
    if (line?.type === 'start') tell.started(line.unixMs)
    if (line?.type === 'second') {
      view.second(line)
      tell.second(line)
    }
    if (line?.type === 'connected')
      view.step(`${line.users} users connected, ${line.subscriptions} subscriptions, in ${line.elapsedMs} ms`)
  }
  const how = await exit
  if (how === null) return `the load generator did not end within ${Math.round(limitMs / 1000)} s and was killed`
  if (how.code === 0 || stopped.aborted) return null
  const lines = await generator.process.lastLogLines(5)
  return `k6 ended with ${how.signal ?? `exit code ${how.code}`}: ${lines.join(' | ')}`
}
