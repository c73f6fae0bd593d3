import { digitsAgainst, formatLatency, formatShare, narrowSpace, noFigure, significant } from '../format.ts'
import type { Regression, RegressionReport } from './report.ts'

/** A ratio with as many digits as it takes to lie on its own side of the limit, none to spare: `1.15x`, `2x`. */
export function ratioAgainst(ratio: number, limit: number): string {
  if (!Number.isFinite(ratio)) return 'infinitely much'
  return `${trimmed(significant(ratio, digitsAgainst(ratio, limit)))}x`
}

const trimmed = (text: string) => (text.includes('.') ? text.replace(/\.?0+$/, '') : text)

const writers: Record<Regression['unit'], (value: number) => string> = {
  us: (us) => formatLatency(us),
  ratio: (share) => formatShare(share, 'high'),
  msPerThousand: (ms) => `${significant(ms)}${narrowSpace}ms`,
}

export const answerWords: Record<Regression['answer'], string> = {
  within: 'no',
  beyond: 'yes',
  'cannot tell': 'cannot tell',
}

/** The cells of a regression's row, under `columns`. */
export const columns = ['figure', 'baseline', 'candidate', 'ratio', 'interval', 'limit', 'regression'] as const
export function cellsOf({ title, unit, medians, ratio, interval, limit, answer }: Regression): string[] {
  const figure = (value: number | null) => (value === null ? noFigure : writers[unit](value))
  const times = (value: number | null) => (value === null ? noFigure : ratioAgainst(value, limit))
  const ends = interval === null ? noFigure : `${times(interval.low)} to ${times(interval.high)}`
  const figures = [figure(medians.baseline), figure(medians.candidate), times(ratio), ends]
  return [title, ...figures, ratioAgainst(limit, limit), answerWords[answer]]
}

/** The answer in a sentence, without its word. */
export function answerSentence({ outcome, refusals, regressions, ...report }: RegressionReport): string {
  const sides = `${count(report.candidates.length, 'run')} against ${count(report.baselines.length, 'baseline run')}`
  if (refusals.length > 0) return `${sides} must not be compared: ${count(refusals.length, 'reason')}.`
  const told = (answer: Regression['answer']) => regressions.filter((row) => row.answer === answer).length
  const missed = report.candidates.filter(({ verdict }) => verdict.outcome === 'FAIL').length
  const parts = [
    `${told('beyond')} of ${count(regressions.length, 'figure')} regressed`,
    ...(told('cannot tell') > 0 ? [`${told('cannot tell')} cannot be told${countedAs(report.undecided)}`] : []),
    ...(missed > 0 ? [`${count(missed, 'run')} missed an SLO`] : []),
  ]
  return `${sides}: ${parts.join(', ')}.`
}

const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`
const countedAs = (undecided: RegressionReport['undecided']) => (undecided === null ? '' : ` and count as ${undecided}`)
