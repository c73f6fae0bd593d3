import { mannWhitney } from './mannWhitney.ts'
import { type Random, randomStream } from './random.ts'
import { type Bootstrap, bootstrapRatio, excludesOne } from './ratio.ts'

/** When two arms count as different: the interval excludes 1, and the p value survives the family. */
export interface DifferenceRule extends Bootstrap {
  readonly alpha: number
  /** Pairs in the family. The first of Holm's limits, alpha / pairs, is the strictest, so power is a lower bound. */
  readonly pairs: number
}

export interface Experiment extends DifferenceRule {
  readonly runs: number
  /** True ratio between the arms; 1 simulates A/A. */
  readonly effect: number
  /** Standard deviation of the logarithms within an arm (`spreadOf`). */
  readonly spread: number
  readonly trials: number
  readonly seed: number
}

/**
 * Share of simulated experiments that end in a difference, its power; with `effect` 1 the false-alarm rate. Runs are
 * drawn from log-normal distributions: figures are positive and effects are ratios. Monte Carlo as in Robert and
 * Casella 2004, Monte Carlo Statistical Methods, chapter 3; its standard error is sqrt(power (1 - power) / trials).
 */
export function power(experiment: Experiment): number {
  const tells = experimentsOf(experiment)
  let told = 0
  for (let trial = 0; trial < experiment.trials; trial++) if (tells()) told += 1
  return told / experiment.trials
}

/** Each call simulates the experiment anew and says whether it ended in a difference. */
function experimentsOf(experiment: Experiment): () => boolean {
  const { runs, effect, spread, alpha, pairs, seed } = experiment
  const random = randomStream(seed, `power ${runs}`)
  return () => {
    const [base, arm] = [drawRuns(runs, 1, spread, random), drawRuns(runs, effect, spread, random)]
    // The cheap half of the rule first: most trials of a hopeless design end here.
    return mannWhitney(arm, base).p * pairs <= alpha && excludesOne(bootstrapRatio(arm, base, experiment, random))
  }
}

/** Figures of `runs` simulated runs around `centre`. */
export function drawRuns(runs: number, centre: number, spread: number, random: Random): number[] {
  return Array.from({ length: runs }, () => centre * Math.exp(spread * random.normal()))
}

/** Designs that somebody might run; in between nobody plans so exactly. */
const designs: readonly number[] = [5, 6, 7, 8, 9, 10, 12, 14, 17, 20, 25, 30, 40, 50]
const wantedPower = 0.8

type Wanted = Pick<Experiment, 'effect' | 'spread' | 'alpha' | 'pairs' | 'confidence' | 'seed'>

const answers = new Map<string, number | null>()

/**
 * Runs a side with which a true ratio of `effect` is told with a power of 80 % or more; null when 50 are too few.
 * Power grows with the runs, so the designs are searched by halving. 200 trials with 200 resamples each: the power at
 * the answer is known to 3 points, which is what "about" means.
 * What counts is the effect in spreads, ln(effect) / spread: it is rounded to twelve steps a decade, up to 100, and each
 * answer is kept, for one comparison asks for hundreds and each takes a second.
 */
export function runsNeeded({ effect, spread, ...rule }: Wanted): number | null {
  const spreads = 10 ** (Math.round(12 * Math.log10(Math.min(100, Math.log(effect) / spread))) / 12)
  const key = JSON.stringify([spreads, rule])
  const known = answers.get(key)
  if (known !== undefined) return known
  const shape = { effect: Math.exp(spreads / 10), spread: 0.1, trials: 200, resamples: 200 }
  const answer = firstOf((runs) => reaches(wantedPower, { ...rule, ...shape, runs }))
  answers.set(key, answer)
  return answer
}

/** The smallest design that is enough, when every larger one is, too. */
function firstOf(isEnough: (runs: number) => boolean): number | null {
  let low = 0
  let high = designs.length
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (isEnough(designs[middle]!)) high = middle
    else low = middle + 1
  }
  return designs[low] ?? null
}

/** `power(experiment) >= share`, given up as soon as it is settled. */
function reaches(share: number, experiment: Experiment): boolean {
  const tells = experimentsOf(experiment)
  const needed = Math.ceil(share * experiment.trials)
  let told = 0
  for (let trial = 0; trial < experiment.trials; trial++) {
    if (tells()) told += 1
    if (told >= needed) return true
    if (trial + 1 - told > experiment.trials - needed) return false
  }
  return false
}
