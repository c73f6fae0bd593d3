import type { Regression } from '../../reports/regression/report.ts'
import { ratioAgainst } from '../../reports/regression/wording.ts'
import { fewestRuns, usualRules } from '../compare/decide.ts'
import type { Interval } from '../statistics/ratio.ts'
import type { RegressionLimit } from './limits.ts'

export interface KnownNoise {
  readonly source: 'runs' | 'floor'
  /** What the ratio may be. */
  readonly interval: Interval
}

interface Evidence {
  readonly limit: RegressionLimit
  readonly answer: Regression['answer']
  readonly ratio: number
  readonly noise: KnownNoise | null
  readonly runs: Regression['runs']
}

/** One sentence, with the figures that decided and, where nothing is decided, with what would. */
export function reasonWords({ limit: { atMost }, answer, ratio, noise, runs }: Evidence): string {
  const limit = ratioAgainst(atMost, atMost)
  if (noise === null) {
    const side = ratio > atMost ? 'beyond' : 'within'
    const told = `${ratioAgainst(ratio, atMost)} is ${side} the limit of ${limit} in ${runsWords(runs)}`
    return `${told}, which no noise is known for: give ${fewestRuns} runs a side, or --noise with a comparison that has an A/A pair`
  }
  const { low, high } = noise.interval
  const source =
    noise.source === 'runs'
      ? `${usualRules.confidence * 100} % interval of ${runsWords(runs)}`
      : `the A/A floor around the ratio of ${runsWords(runs)}`
  const ends = `${source}: ${ratioAgainst(low, atMost)} to ${ratioAgainst(high, atMost)}`
  if (answer === 'cannot tell')
    return `${ends}, with the limit of ${limit} in between: more runs a side would narrow it`
  return `${ends}, ${answer === 'beyond' ? 'all beyond' : 'all within'} the limit of ${limit}`
}

function runsWords({ baseline, candidate }: Regression['runs']): string {
  if (baseline === 1 && candidate === 1) return 'one run a side'
  return baseline === candidate ? `${baseline} runs a side` : `${baseline} baseline and ${candidate} candidate runs`
}
