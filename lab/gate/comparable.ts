import type { Refusal } from '../../reports/regression/report.ts'
import type { Comparison } from '../../reports/schema/comparison.ts'
import type { Result } from '../../reports/schema/result.ts'
import { type Difference, fairness } from '../compare/factors.ts'
import type { Sides } from './regressions.ts'

export interface Comparability {
  readonly refusals: readonly Refusal[]
  /** Differences that are no reason to refuse: the commit, what follows from it, and what was allowed. */
  readonly differences: readonly string[]
  /** Allowances that nothing needed. */
  readonly needless: readonly string[]
}

/** What a change is judged by: two commits of one project. */
const factor = 'run/commit'
/** Prefix of the facts in which a comparison that lends its noise floor may differ from the runs. */
const ofNoise = 'noise/'

/** Finds every reason at once for which two sides, or a foreign noise floor, must not be put beside each other. */
export function comparability(sides: Sides, noise: Comparison | null, allowed: readonly string[]): Comparability {
  const arms = (['baseline', 'candidate'] as const).map((name) => ({ name, results: sides[name] }))
  const fair = fairness(
    arms,
    factor,
    allowed.filter((name) => !name.startsWith(ofNoise)),
  )
  const foreign = noise === null ? [] : noiseDifferences(noise, sides.baseline[0]!)
  const refusedNoise = foreign.filter(({ fact }) => !allowed.includes(fact))
  return {
    refusals: [
      ...arms.flatMap(({ name, results }) => results.flatMap((result) => unfounded(name, result))),
      ...fair.refused.map((difference) => different(difference.fact, refusedText(difference))),
      ...refusedNoise.map(({ fact, text }) => different(fact, text)),
    ],
    differences: [
      ...fair.differences
        .filter((difference) => !fair.refused.includes(difference))
        .map((difference) => `${difference.fact}: ${valuesText(difference)}`),
      ...foreign.filter(({ fact }) => allowed.includes(fact)).map(({ fact, text }) => `${fact}: ${text}`),
    ],
    needless: [
      ...fair.needless,
      ...allowed.filter((name) => name.startsWith(ofNoise) && !foreign.some(({ fact }) => fact === name)),
    ],
  }
}

function unfounded(side: string, { run, verdict }: Result): Refusal[] {
  if (verdict.outcome === 'PASS' || verdict.outcome === 'FAIL') return []
  const why = verdict.reasons[0]?.text ?? 'it cannot tell'
  return [{ code: `GATE-${verdict.outcome}`, text: `${side} run ${run.id} is ${verdict.outcome}: ${why}` }]
}

function different(fact: string, values: string): Refusal {
  return { code: 'GATE-DIFFERENT', text: `${fact}: ${values}; --allow-difference=${fact} if it is meant` }
}

const refusedText = (difference: Difference) =>
  difference.withinArm ? `${valuesText(difference)} (runs of one side must be alike)` : valuesText(difference)

const valuesText = ({ values }: Difference) =>
  values.map(({ arm, found }) => `${arm} ${found.join(' and ')}`).join(', ')

interface Foreign {
  readonly fact: string
  readonly text: string
}

/** A floor holds for the load, the machine and the store that it was measured with. */
function noiseDifferences(noise: Comparison, result: Result): Foreign[] {
  const profile = (phases: readonly Pick<Comparison['phases'][number], 'name' | 'durationS'>[]) =>
    phases.map(({ name, durationS }) => `${name} ${durationS} s`).join(', ')
  const { slos: _, scenario, ...workload } = noise.workload
  const repeated = noise.arms.filter(({ floorOnly }) => floorOnly).map(({ value }) => value)
  return [
    ...unlike('workload', { scenario }, { scenario: result.run.scenario }),
    ...unlike('workload', workload, result.workload),
    ...unlike('workload', { profile: profile(noise.phases) }, { profile: profile(result.phases) }),
    ...unlike('environment', noise.environment, result.environment),
    ...(noise.factor.endsWith('backend') && !repeated.includes(result.target.backend)
      ? unlike('target', { backend: repeated.join(' and ') }, { backend: result.target.backend })
      : []),
  ]
}

function unlike(group: string, noise: Readonly<Record<string, unknown>>, runs: Readonly<Record<string, unknown>>) {
  return Object.entries(noise).flatMap(([name, value]): Foreign[] =>
    !(name in runs) || runs[name] === value
      ? []
      : [{ fact: `${ofNoise}${group}/${name}`, text: `the comparison ${value}, the runs ${runs[name]}` }],
  )
}
