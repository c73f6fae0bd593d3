import type { Comparison, ComparisonArm, ComparisonRun } from '../../reports/schema/comparison.ts'
import type { Result } from '../../reports/schema/result.ts'
import { edgesOf } from '../judge/columns.ts'
import { isCounted, type Standing } from './arms.ts'
import { limitsOf } from './cores.ts'
import { spectrumCurve, timeCurves } from './curves.ts'
import { fewestRuns } from './decide.ts'
import { comparedRun } from './metrics.ts'
import type { PriceSheet } from './prices.ts'
import type { KnownArm, ShownRun } from './setting.ts'
import { type Shown, shownValue } from './shown.ts'

/** The run drawn thick is the one in the middle by this metric. */
const middleBy = 'delivery/p99/hold'

/** Arms and runs as the report lists them. */
export function runRows(
  arms: readonly KnownArm[],
  standings: readonly Standing[],
  shown: readonly Shown[],
  prices: PriceSheet | null,
): Pick<Comparison, 'arms' | 'runs' | 'medianRunMetric'> {
  const runs = arms.flatMap((arm) => arm.runs.map((run) => runRow(arm, run, shown, prices)))
  const medians = arms.map((arm) => medianRun(runs.filter((run) => run.arm === arm.name)))
  return {
    arms: arms.map((arm, at) => armRow(arm, standings[at]!, medians[at] ?? null)),
    runs: runs.sort((a, b) => a.order - b.order),
    medianRunMetric: medians.some((id) => id !== null) ? middleBy : null,
  }
}

function armRow(arm: KnownArm, standing: Standing, middle: string | null): ComparisonArm {
  const result = arm.runs.find((run) => run.result !== null)?.result ?? null
  const missed = [...new Set(standing.missed.flatMap(({ slos }) => slos))]
  return {
    name: arm.name,
    title: result?.target.title ?? null,
    value: arm.value,
    floorOnly: arm.repeats !== null,
    engines: (result?.target.engines ?? []).map(({ role, engine, origin, durability }) => ({
      role,
      product: engine.product,
      version: engine.version,
      origin,
      durability,
    })),
    compatibleFlags: [...(result?.target.compatibleFlags ?? [])],
    metSlos: standing.meetsSlo,
    missed: missed.length === 0 ? null : missed.join(', '),
    runsPlanned: arm.planned,
    runsUsed: standing.counted,
    problem: problemOf(arm, standing),
    limits: limitsOf(result),
    medianRun: middle,
  }
}

function problemOf({ planned, runs }: KnownArm, { counted, excluded }: Standing): string | null {
  if (counted >= planned) return null
  const missing = runs.flatMap((run) => run.missing ?? [])
  const reasons = [...excluded.map(({ run, outcome }) => `${run} is ${outcome}`), ...new Set(missing)]
  return `${counted} of ${planned} runs count: ${reasons.join('; ')}`
}

function runRow(arm: KnownArm, run: ShownRun, shown: readonly Shown[], prices: PriceSheet | null): ComparisonRun {
  const { result } = run
  const base = { id: run.id, arm: arm.name, order: run.order, report: run.report, sha256: run.sha256 }
  if (result === null) {
    const none = { startedAt: null, outcome: null, values: {}, time: null, spectrum: [] }
    return { ...base, ...none, excluded: run.missing }
  }
  const compared = comparedRun(result, prices)
  const { outcome } = compared
  return {
    ...base,
    startedAt: result.run.startedAt,
    outcome,
    excluded: isCounted(compared) ? null : `${outcome}: ${compared.why}`,
    values: Object.fromEntries(
      shown.map((each) => [each.metric.id, shownValue(each, compared.values[each.metric.id] ?? null)]),
    ),
    time: timeCurves(result.series, result.run.durationS, runEdges(result)),
    spectrum: result.spectrum.map(spectrumCurve),
  }
}

const runEdges = ({ phases, events }: Result): number[] =>
  edgesOf(
    phases,
    events.flatMap(({ kind, tS, untilS }) => (kind === 'fault' ? [{ fromS: tS, untilS }] : [])),
  )

/** With an even number the faster of the two in the middle: a real run, never a mean of two. */
function medianRun(runs: readonly ComparisonRun[]): string | null {
  const ranked = runs
    .filter((run) => run.excluded === null && run.values[middleBy] != null)
    .sort((a, b) => a.values[middleBy]! - b.values[middleBy]!)
  return ranked[Math.floor((ranked.length - 1) / 2)]?.id ?? null
}

/** Why the comparison is not whole, told before anything else; null when it is. */
export function partialOf(
  ended: string | null,
  standings: readonly Standing[],
  refused: readonly string[],
): string | null {
  const poor = standings.filter(({ counted }) => counted < fewestRuns)
  const parts = [
    ...(ended === null ? [] : [ended]),
    ...poor.map(({ arm, counted }) => `${arm} has ${counted} of the ${fewestRuns} valid runs that a decision needs`),
    ...(refused.length === 0 ? [] : [`the arms differ in more than what is compared: ${refused.join(', ')}`]),
  ]
  return parts.length === 0 ? null : `${parts.join('; ')}.`
}
