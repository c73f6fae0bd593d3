import type { MemoryLimit, ResourceSample } from '../../compose/component.ts'
import type { ComponentResources, Result } from '../../reports/schema/result.ts'
import { type Sample, samplesAtBorders } from '../measure/samples.ts'
import { type Column, cutColumns } from './columns.ts'
import type { PhaseSpan } from './phases.ts'

const MiB = 1024 * 1024

/** A process group of the run, as the reader should know it. `measured` is false for engines given by address. */
export interface MeasuredComponent {
  readonly name: string
  readonly title: string
  readonly measured: boolean
  readonly memory?: readonly MemoryLimit[]
}

export interface ResourceEvidence {
  readonly samples: readonly Sample[]
  readonly seconds: number
  readonly columns: readonly Column[]
  readonly cores: number
  readonly components: readonly MeasuredComponent[]
  /** By process group: the core lists that were read of its processes. */
  readonly coresSeen: ReadonlyMap<string, readonly string[]>
  readonly spans: readonly PhaseSpan[]
  /** Messages acked in the measured phases: what the CPU was spent on. */
  readonly messages: number
}

type Pair = readonly [before: Sample | null, after: Sample | null]

/** What a counter grew by in one second of the run, and how long its samples really lay apart; null: one is missing. */
type Step = { readonly grown: number; readonly seconds: number } | null

export function resourcesOf(evidence: ResourceEvidence): Result['resources'] {
  const pairs = pairsOf(evidence.samples, evidence.seconds)
  return {
    cores: evidence.cores,
    components: evidence.components.map((component) => componentOf(component, pairs, evidence)),
    ...sharesOver(pairs, evidence.columns, evidence.cores),
  }
}

export type MachineShares = Pick<Result['resources'], 'steal' | 'foreign'>

/** Share of the machine, 0..1, of every second: what a run's validity is judged by. */
export function machineShares(
  { samples, cores }: Pick<ResourceEvidence, 'samples' | 'cores'>,
  seconds: number,
): MachineShares {
  return sharesOver(pairsOf(samples, seconds), cutColumns(seconds, [], 1), cores)
}

function pairsOf(samples: readonly Sample[], seconds: number): Pair[] {
  const borders = samplesAtBorders(samples, seconds)
  return Array.from({ length: seconds }, (_, s): Pair => [borders[s] ?? null, borders[s + 1] ?? null])
}

function sharesOver(pairs: readonly Pair[], columns: readonly Column[], cores: number): MachineShares {
  const share = (spent: (before: Sample, after: Sample) => number) => {
    const steps = pairs.map(([before, after]): Step => {
      if (before === null || after === null || after.machine.atMs <= before.machine.atMs) return null
      return { grown: spent(before, after), seconds: (after.machine.atMs - before.machine.atMs) / 1000 }
    })
    return ratesOver(steps, columns).map((busy) =>
      busy === null ? null : round(Math.min(1, Math.max(0, busy / cores)), 4),
    )
  }
  return {
    steal: share((before, after) => after.machine.stealSeconds - before.machine.stealSeconds),
    foreign: share((before, after) => after.machine.busySeconds - before.machine.busySeconds - ours(before, after)),
  }
}

/** Growth a second over each column, as far as it was sampled; null where it was not at all. */
function ratesOver(steps: readonly Step[], columns: readonly Column[]): (number | null)[] {
  return columns.map(({ fromS, toS }) => {
    const known = steps.slice(fromS, toS).filter((step) => step !== null)
    const seconds = known.reduce((sum, step) => sum + step.seconds, 0)
    return seconds === 0 ? null : known.reduce((sum, step) => sum + step.grown, 0) / seconds
  })
}

const ours = (before: Sample, after: Sample): number =>
  [...after.processes].reduce(
    (sum, [name, now]) => sum + grown(before.processes.get(name)?.cpuSeconds, now.cpuSeconds),
    0,
  )

/** Growth of a counter; one that fell belongs to a restarted process and began at 0 again. */
const grown = (before: number | undefined, after: number): number =>
  before === undefined || after < before ? after : after - before

function componentOf(
  { name, title, measured, memory = [] }: MeasuredComponent,
  pairs: readonly Pair[],
  { spans, messages, coresSeen, columns }: ResourceEvidence,
): ComponentResources {
  const rate = (pick: (of: ResourceSample) => number | null) =>
    pairs.map(([before, after]): Step => {
      const then = before?.processes.get(name)
      const now = after?.processes.get(name)
      if (then === undefined || now === undefined || now.atMs <= then.atMs) return null
      const [from, to] = [pick(then), pick(now)]
      return from === null || to === null ? null : { grown: grown(from, to), seconds: (now.atMs - then.atMs) / 1000 }
    })
  const cpu = rate((of) => of.cpuSeconds)
  const read = rate((of) => of.readBytes)
  const written = rate((of) => of.writtenBytes)
  const calls = rate((of) => of.writeCalls)
  const resident = pairs.map(([, after]) => after?.processes.get(name)?.residentBytes ?? null)
  const inMeasured = spans.filter((span) => span.measured)
  const sum = (column: typeof cpu): number | null => {
    const known = inMeasured
      .flatMap((span) => column.slice(span.startS, span.startS + span.durationS))
      .filter((x) => x !== null)
    return known.length === 0 ? null : known.reduce((total, { grown }) => total + grown, 0)
  }
  const perSecond = (column: typeof cpu, divisor: number, digits: number) =>
    ratesOver(column, columns).map((value) => (value === null ? null : round(value / divisor, digits)))
  const largest = ({ fromS, toS }: Column) => {
    const known = resident.slice(fromS, toS).filter((level) => level !== null)
    return known.length === 0 ? null : round(Math.max(...known) / MiB, 1)
  }
  const cpuSeconds = sum(cpu)
  const levels = resident.filter((level) => level !== null)
  return {
    name,
    title,
    measured,
    cores: coresSeen.get(name)?.join(' and ') || null,
    memory: memory.map(({ what, bytes }) => ({ what, bytes })),
    cpuCores: perSecond(cpu, 1, 3),
    residentMiB: columns.map(largest),
    readMBps: perSecond(read, 1e6, 3),
    writtenMBps: perSecond(written, 1e6, 3),
    cpuSeconds: cpuSeconds === null ? null : round(cpuSeconds, 2),
    cpuMsPerThousandMessages: cpuSeconds === null || messages === 0 ? null : round((cpuSeconds * 1e6) / messages, 1),
    peakResidentMiB: levels.length === 0 ? null : round(Math.max(...levels) / MiB, 1),
    readBytes: sum(read),
    writtenBytes: sum(written),
    writeCalls: sum(calls),
  }
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits))
