import { readFileSync } from 'node:fs'
import { formatCount, formatLatencyBound, formatShare } from '../../reports/format.ts'
import type { Comparison } from '../../reports/schema/comparison.ts'
import type { Result } from '../../reports/schema/result.ts'
import { metricName, phaseWords } from '../../reports/wording.ts'
import { checkoutCommit } from '../run/environment.ts'
import { checkoutRoot } from '../run/places.ts'
import { type Arm, isCounted } from './arms.ts'
import { type DecisionRules, decide, fewestRuns } from './decide.ts'
import { effectsOf } from './effects.ts'
import { type FairnessReport, fairness } from './factors.ts'
import { comparedRun, metricsOf } from './metrics.ts'
import { partialOf, runRows } from './runs.ts'
import type { KnownArm, Setting } from './setting.ts'
import { shownMetric } from './shown.ts'

/** The comparison as one document. Pure but for the version and commit of the lab: the same runs, the same document. */
export function comparisonOf(setting: Setting): Comparison {
  const { arms, rules, prices } = setting
  const metrics = metricsOf(arms.flatMap(resultsOf), prices)
  const judged = arms.map(
    (arm): Arm => ({
      name: arm.name,
      repeats: arm.repeats,
      runs: resultsOf(arm).map((result) => comparedRun(result, prices)),
    }),
  )
  const decided = decide(judged, metrics, rules)
  const shown = metrics.map(shownMetric)
  const fair = fairness(
    arms.map((arm) => ({ name: arm.name, results: setUpOf(arm) })),
    setting.factor,
    [...setting.allowed, ...setting.byDesign],
  )
  const [first] = arms.flatMap(countedOf)
  return {
    schema: 'lab.comparison/1',
    id: setting.id,
    startedAt: setting.startedAt,
    labVersion: (JSON.parse(readFileSync(`${checkoutRoot}package.json`, 'utf8')) as { version: string }).version,
    commit: checkoutCommit(checkoutRoot),
    command: setting.command,
    factor: setting.factor,
    seed: rules.seed,
    delta: rules.delta,
    resamples: rules.resamples,
    partial: partialOf(
      setting.ended,
      decided.standings,
      fair.refused.map(({ fact }) => fact),
    ),
    ...worldOf(first),
    metrics: shown.map(({ row }) => row),
    ...effectsOf(judged, decided, shown, first?.workload.peakRate ?? 0),
    ...runRows(arms, decided.standings, shown, prices),
    differences: differencesOf(fair, arms),
    warnings: [...warningsOf(fair, setting.byDesign), ...endedWarnings(arms), ...selectionWarnings(arms)],
    method: methodOf(rules),
  }
}

/** Of an arm, those that are there. */
export const resultsOf = ({ runs }: KnownArm): Result[] =>
  runs.flatMap(({ result }) => (result === null ? [] : [result]))
const countedOf = (arm: KnownArm): Result[] => resultsOf(arm).filter((result) => isCounted(comparedRun(result)))

/** Runs that tell how an arm was set up: an INVALID one does, too, where there is no other. */
function setUpOf(arm: KnownArm): Result[] {
  const counted = countedOf(arm)
  return counted.length > 0 ? counted : resultsOf(arm)
}

/** What was asked of every arm; the first counted run speaks for all, and `differences` lists where others differ. */
function worldOf(result: Result | undefined): Pick<Comparison, 'workload' | 'environment' | 'phases'> {
  if (result === undefined) {
    const none = {
      scenario: 'unknown',
      peakRate: 0,
      holdS: 0,
      users: 0,
      roomSize: 0,
      bodyBytes: 0,
      history: 0,
      slos: [],
    }
    return {
      workload: none,
      environment: { cpuModel: 'unknown', cores: 0, memoryMiB: 0, kernel: 'unknown' },
      phases: [],
    }
  }
  const { peakRate, holdS, users, roomSize, bodyBytes } = result.workload
  const { cpuModel, cores, memoryMiB, kernel } = result.environment
  const slos = result.slos.filter(({ unit }) => unit !== 'count').map(sloOf)
  const history = Number(result.config.find(({ name }) => name === 'history')?.value ?? 0)
  return {
    workload: { scenario: result.run.scenario, peakRate, holdS, users, roomSize, bodyBytes, history, slos },
    environment: { cpuModel, cores, memoryMiB, kernel },
    phases: result.phases.map(({ name, startS, durationS, measured }) => ({ name, startS, durationS, measured })),
  }
}

function sloOf(slo: Result['slos'][number]): Comparison['workload']['slos'][number] {
  const { metric, phase, quantile, bound, unit } = slo
  const limit = unit === 'us' ? formatLatencyBound(bound) : formatShare(bound, 'high')
  const text = `${metricName(slo)} in ${phaseWords(phase)} <= ${limit}`
  return { text, delivery: metric === 'delivery' && quantile !== null ? { phase, quantile, boundUs: bound } : null }
}

function differencesOf({ differences }: FairnessReport, arms: readonly KnownArm[]): Comparison['differences'] {
  const rank = { factor: 0, other: 1, follows: 2 }
  return differences
    .toSorted((a, b) => rank[a.kind] - rank[b.kind])
    .map(({ fact, kind, values }) => ({
      name: fact,
      kind,
      values: arms.map(({ name }) => foundText(values.find(({ arm }) => arm === name)?.found ?? [])),
    }))
}

function warningsOf(
  { factorDiffers, refused, differences, needless }: FairnessReport,
  byDesign: readonly string[],
): string[] {
  const allowed = differences.filter((each) => each.kind === 'other' && !refused.includes(each))
  return [
    ...(factorDiffers ? [] : ['The arms do not differ in what is compared.']),
    ...(refused.length === 0
      ? []
      : [
          `Nobody allowed these differences: ${refused.map(({ fact }) => fact).join(', ')}. Whatever differs may be their doing.`,
        ]),
    ...(allowed.length === 0
      ? []
      : [`The arms differ in more than what is compared, as allowed: ${allowed.map(({ fact }) => fact).join(', ')}.`]),
    ...needless
      .filter((fact) => !byDesign.includes(fact))
      .map((fact) => `--allow-difference=${fact} allows something that does not differ.`),
  ]
}

const foundText = (found: readonly string[]): string =>
  found.length === 0 ? 'no valid run' : found.map((value) => value || 'none').join(' | ')

/** A slow arm takes the generator's CPU: the runs of it that are valid may be its better ones. */
/** That a component ended by itself says something of its arm, though the run counts for nothing and a spare replaced it. */
function endedWarnings(arms: readonly KnownArm[]): string[] {
  return arms.flatMap(({ name, runs }) =>
    runs.flatMap(({ id, result }) => {
      const broken = result?.validity.find(({ rule, ok }) => rule === 'restart' && !ok)
      return broken === undefined ? [] : [`Run ${id} of ${name} is left out. ${broken.cause}`]
    }),
  )
}

function selectionWarnings(arms: readonly KnownArm[]): string[] {
  const lost = arms.map((arm) => resultsOf(arm).filter(({ verdict }) => verdict.outcome === 'INVALID').length)
  const fewest = Math.min(...lost)
  return arms.flatMap((arm, at) =>
    lost[at]! < fewest + 2
      ? []
      : [
          `${lost[at]} of ${resultsOf(arm).length} runs of ${arm.name} were INVALID, more than of others: if the arm itself takes the CPU of the load generator, the runs that count are its better ones. Compare at a lower rate.`,
        ],
  )
}

function methodOf({ alpha, confidence, resamples, delta, seed }: DecisionRules): string[] {
  return [
    'The unit is the run. A ratio is the median of the arm over the median of the baseline.',
    `Its ${confidence * 100} % interval is a percentile bootstrap of ${formatCount(resamples)} resamples within each arm, seed ${seed}.`,
    `p is that of the exact two-sided Mann-Whitney test, corrected after Holm over the pairs within one metric; limit ${alpha}.`,
    `Equivalent: the whole interval lies within ${delta}x either way. Better or worse: it excludes 1, p after Holm is at most ${alpha}, and it lies beyond what the A/A pair differed by. Anything else: cannot tell.`,
    `Fewer than ${fewestRuns} valid runs a side decide nothing. INVALID runs are left out and listed; cost is compared only between arms whose every run met its SLOs.`,
  ]
}
