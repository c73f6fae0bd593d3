import { EnvironmentError } from '../../compose/component.ts'
import type { Result } from '../../reports/schema/result.ts'
import { definitions } from '../../scenarios/definitions/index.ts'
import { type ResolvedCommand, resolveRun } from '../run/options.ts'
import { type FinishedRun, StoppedBeforeLoad } from '../run/parts.ts'
import type { ResolvedRun } from '../run/resolved.ts'
import { type Series, type SeriesFolder, type Slot, slotsOf } from './series.ts'

/** A finished run of a series. */
export interface PlayedRun {
  readonly slot: Slot
  readonly result: Result
  /** Text of its result.json. */
  readonly text: string
}

export interface PlayedSeries {
  readonly runs: readonly PlayedRun[]
  /** Slots that are not done, with the reason. */
  readonly missing: readonly { readonly slot: Slot; readonly reason: string }[]
  /** Why the series stopped before its end; null when it did not. */
  readonly stopped: 'interrupted' | 'environment' | null
}

export interface SeriesParts {
  readonly execute: (run: ResolvedRun, runId: string) => Promise<FinishedRun>
  /** Aborted by the first Ctrl-C; the run under way ends itself then. */
  readonly stop: AbortSignal
  readonly say: (text: string) => void
}

/** An engine that cannot be started twice in a row is not tried again in this series. */
const mostFailures = 2

/** Does every run of the series that is not done. A finished run is never repeated; one that was stopped is. */
export async function playSeries(folder: SeriesFolder, parts: SeriesParts): Promise<PlayedSeries> {
  const { series } = folder
  const runs = new Map<string, PlayedRun>()
  const missing = new Map<string, { slot: Slot; reason: string }>()
  const failures = new Map<string, number>()
  const durationsMs: number[] = []
  let stopped: PlayedSeries['stopped'] = null
  for (let at = 0; ; at++) {
    const slots = slotsOf(series, outcomesOf(runs))
    const slot = slots[at]
    if (slot === undefined) break
    const done = await folder.finished(slot)
    if (done !== null) {
      runs.set(slot.runId, { slot, ...done })
      continue
    }
    if (parts.stop.aborted) stopped ??= 'interrupted'
    if (stopped !== null || (failures.get(slot.arm.name) ?? 0) >= mostFailures) {
      missing.set(slot.runId, { slot, reason: reasonOf(stopped, slot) })
      continue
    }
    parts.say(heading(slot, slots.length, durationsMs))
    const startMs = performance.now()
    const outcome = await playOne(folder, slot, parts)
    if (outcome.kind === 'failed') {
      failures.set(slot.arm.name, (failures.get(slot.arm.name) ?? 0) + 1)
      missing.set(slot.runId, { slot, reason: outcome.reason })
      parts.say(`${slot.arm.name}: ${outcome.reason}`)
      if (outcome.fatal) stopped = 'environment'
      continue
    }
    failures.delete(slot.arm.name)
    durationsMs.push(performance.now() - startMs)
    const finished = await folder.finished(slot)
    if (finished === null) missing.set(slot.runId, { slot, reason: 'stopped by hand' })
    else runs.set(slot.runId, { slot, ...finished })
    if (parts.stop.aborted) stopped = 'interrupted'
  }
  return { runs: [...runs.values()], missing: [...missing.values()], stopped }
}

const outcomesOf = (runs: ReadonlyMap<string, PlayedRun>) =>
  new Map([...runs].map(([runId, { result }]) => [runId, result.verdict.outcome]))

function reasonOf(stopped: PlayedSeries['stopped'], { arm }: Slot): string {
  if (stopped === 'interrupted') return 'the series was stopped by hand before it'
  if (stopped === 'environment') return 'the series ended before it'
  return `${arm.name} could not be started ${mostFailures} times in a row`
}

function heading({ order, arm }: Slot, count: number, durationsMs: readonly number[]): string {
  const meanMs = durationsMs.reduce((sum, each) => sum + each, 0) / durationsMs.length
  const leftMinutes = Math.ceil((meanMs * (count - order + 1)) / 60_000)
  const left = durationsMs.length === 0 ? '' : `, about ${leftMinutes} min left`
  return `\nrun ${order} of ${count}: ${arm.name}${left}`
}

type Outcome =
  | { readonly kind: 'played' }
  | { readonly kind: 'failed'; readonly reason: string; readonly fatal: boolean }

async function playOne(folder: SeriesFolder, slot: Slot, parts: SeriesParts): Promise<Outcome> {
  await folder.makeRoom(slot)
  try {
    await parts.execute(runOf(folder, slot), slot.runId)
    return { kind: 'played' }
  } catch (error) {
    if (error instanceof StoppedBeforeLoad) return { kind: 'played' }
    const diskFull = (error as NodeJS.ErrnoException).code === 'ENOSPC'
    if (!(error instanceof EnvironmentError || diskFull)) throw error
    const { message } = error as Error
    // A full disk fails every arm alike: what is done is kept, and --resume goes on from here.
    return { kind: 'failed', reason: message, fatal: diskFull || (error as EnvironmentError).code === 'ENV-DISK' }
  }
}

/** Why the runs of a series cannot be made here, as with core sets of another machine; nothing when they can. */
export function seriesProblems(folder: SeriesFolder): string[] {
  const resolved = slotsOf(folder.series, new Map()).map((slot) => resolveSlot(folder, slot))
  return [...new Set(resolved.flatMap((command) => (command.kind === 'problems' ? command.problems : [])))]
}

function runOf(folder: SeriesFolder, slot: Slot): ResolvedRun {
  const command = resolveSlot(folder, slot)
  if (command.kind === 'run') return command.run
  throw new Error(`a run that could be made is no more one: ${JSON.stringify(command)}`)
}

function resolveSlot(folder: SeriesFolder, { arm, seed }: Slot): ResolvedCommand {
  const { series } = folder
  return resolveRun(definitions[series.scenario]!, [
    `--${series.factor}=${arm.value}`,
    ...series.runArgs,
    `--seed=${seed}`,
    `--label=${labelOf(series, arm.name)}`,
    `--out=${folder.runsDir}`,
  ])
}

const labelOf = ({ id }: Series, arm: string) => `${id}: ${arm}`
