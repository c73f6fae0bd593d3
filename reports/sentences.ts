import { columnAt } from './charts/columns.ts'
import { Figures, type Part, type Prose } from './figures.ts'
import { noFigure } from './format.ts'
import type { LedgerResult, Result, SloResult } from './schema/result.ts'
import { counterMeaning, metricName, phaseWords, ruleFigures, sloFigures } from './wording.ts'

/**
 * The verdict in at most three sentences, losses before slowness, taken from the result only. The verdict's word
 * itself is not repeated: every caller prints it in front.
 */
export function verdictSentences(result: Result): Prose[] {
  const figures = new Figures(result)
  switch (result.verdict.outcome) {
    case 'PASS':
      return passSentences(figures)
    case 'FAIL':
      return failSentences(figures)
    case 'INVALID':
      return invalidSentences(figures)
    case 'INCOMPLETE':
      return incompleteSentences(figures)
  }
}

function passSentences(figures: Figures): Prose[] {
  const { result } = figures
  const nearest = result.verdict.decisiveSlo
  const held: Part[] = [...heldWords(figures), ': ']
  if (result.slos.length === 0) held.push('no SLO was set')
  else held.push('all ', figures.derived('length', ['/slos'], 'count'), ' SLOs met')
  if (nearest !== null) {
    const { measured, bound } = sloFigures(figures, nearest, false)
    held.push('; nearest to its bound: ', ...sloWords(figures, nearest), ', ', measured, ' of ', bound)
  }
  const recovery = recoveryWords(figures)
  const start: Part[] = recovery ? [...recovery, '; nothing'] : ['Nothing']
  const last = [...start, ' is said about loads above ', figures.at('/workload/peakRate', 'rate'), ' msg/s.']
  return [[...held, '.'], ledgerSentence(figures), last]
}

/** `{engine} held {peak} msg/s for {hold} ({deliveries}/s, rooms of {r})`; a profile without hold only reached it. */
function heldWords(figures: Figures): Prose {
  const peak = figures.at('/workload/peakRate', 'rate')
  const reached: Part[] =
    figures.result.workload.holdS > 0
      ? [' held ', peak, ' msg/s for ', figures.at('/workload/holdS', 'seconds')]
      : [' took up to ', peak, ' msg/s']
  const deliveries = figures.derived('product', ['/workload/peakRate', '/workload/roomSize'], 'rate')
  const rooms = figures.at('/workload/roomSize', 'count')
  return [figures.quote('/target/title'), ...reached, ' (', deliveries, ' deliveries/s, rooms of ', rooms, ')']
}

function sloWords(figures: Figures, index: number): Prose {
  const slo = figures.result.slos[index] as SloResult
  return [metricName(slo), ' in ', phaseWords(slo.worstPhase ?? slo.phase)]
}

const counterIndices = (ledger: LedgerResult, wanted: (count: number | null) => boolean): number[] =>
  ledger.counters.flatMap((counter, index) => (wanted(counter.count) ? [index] : []))

/** Acked messages and what became of them; nothing is called clean that was not counted. */
export function ledgerSentence(figures: Figures): Prose {
  const { ledger } = figures.result
  const acked = ledger.funnel.findIndex((stage) => stage.stage === 'acked')
  const indeterminate: Part[] = [figures.at('/ledger/indeterminate/count', 'count'), ' indeterminate.']
  const ackedWords: Part[] = acked < 0 ? [] : [figures.at(`/ledger/funnel/${acked}/count`, 'count'), ' messages acked']
  const broken = brokenCounters(figures)
  if (broken.length > 0) return [...broken, '; ', ...ackedWords, ', ', ...indeterminate]
  if (!ledger.audit.complete || counterIndices(ledger, (count) => count === null).length > 0)
    return [...ackedWords, '; the audit is not complete, so losses are unknown; ', ...indeterminate]
  return [...ackedWords, ', none lost, doubled, reordered or changed; ', ...indeterminate]
}

/** `3 acked messages are not in the store, 2 deliveries came twice`: empty when every counter is 0 or unknown. */
function brokenCounters(figures: Figures): Part[] {
  const { ledger } = figures.result
  return counterIndices(ledger, (count) => count !== null && count > 0).flatMap((index, position) => {
    const { name } = ledger.counters[index] as LedgerResult['counters'][number]
    const figure = figures.at(`/ledger/counters/${index}/count`, 'count')
    return [position > 0 ? ', ' : '', figure, ` ${counterMeaning[name]}`]
  })
}

/** Null when the profile has no fall to recover from. */
export function recoveryWords(figures: Figures): Prose | null {
  const { spike } = figures.result
  if (spike.fallEndS === null || spike.baseP99Us === null) return null
  if (spike.recoverS === null)
    return ['It did not recover within the ', figures.at('/spike/observedS', 'seconds'), ' observed after the fall']
  return ['Recovered ', figures.at('/spike/recoverS', 'seconds'), ' after the fall']
}

function failSentences(figures: Figures): Prose[] {
  const missed = figures.derived('missed', ['/slos'], 'count')
  const count: Prose = [missed, ' of ', figures.derived('length', ['/slos'], 'count'), ' SLOs missed. ']
  const losses = brokenCounters(figures)
  const worst = worstMissedLatency(figures.result)
  const slow = worst === null ? [] : [...missWords(figures, worst), '.']
  const unknown = unjudgedWords(figures.result)
  const first: Prose[] = losses.length > 0 ? [[...count, ...losses, '.']] : [[...count, ...slow]]
  if (losses.length > 0) return [...first, slow.length > 0 ? slow : unknown, highestWords(figures)].filter(filled)
  const clean: Prose = cleanLedger(figures.result)
    ? ['The ledger is clean: slow, but nothing lost.']
    : ['The ledger could not be audited whole, so losses are unknown.']
  return [...first, clean, unknown.length > 0 ? unknown : highestWords(figures)].filter(filled)
}

const filled = (prose: Prose) => prose.length > 0

function cleanLedger({ ledger }: Result): boolean {
  return ledger.audit.complete && ledger.counters.every((counter) => counter.count === 0)
}

/** The missed SLO with a figure that is furthest beyond its bound; ledger counters have their own sentence. */
function worstMissedLatency({ slos }: Result): number | null {
  const missed = slos.flatMap((slo, index) =>
    slo.met === false && !slo.metric.startsWith('ledger:') ? [{ index, ratio: slo.ratio ?? 0 }] : [],
  )
  return missed.sort((a, b) => b.ratio - a.ratio)[0]?.index ?? null
}

function missWords(figures: Figures, index: number): Part[] {
  const slo = figures.result.slos[index] as SloResult
  const { measured, bound } = sloFigures(figures, index, false)
  const was: Part[] = slo.measured === null ? [' has no sample, although messages were sent'] : [' was ', measured]
  const words: Part[] = ['Worst: ', ...sloWords(figures, index), ...was, ', bound ', bound]
  if (slo.ratio !== null) words.push(' (', figures.at(`/slos/${index}/ratio`, 'ratio'), ')')
  if (slo.secondsMissed !== null && slo.secondsJudged !== null)
    words.push(
      ', over in ',
      figures.at(`/slos/${index}/secondsMissed`, 'count'),
      ' of ',
      figures.at(`/slos/${index}/secondsJudged`, 'count'),
      ' seconds',
    )
  return [...words, ...firstMissWords(figures, index)]
}

function firstMissWords(figures: Figures, index: number): Part[] {
  const { firstMissS } = figures.result.slos[index] as SloResult
  if (firstMissS === null) return []
  const words: Part[] = [', first at ', figures.at(`/slos/${index}/firstMissS`, 'seconds')]
  const { series, run } = figures.result
  const column = columnAt({ s: series.s, endS: run.durationS }, firstMissS)
  if (column < 0 || series.offered[column] === null) return words
  return [
    ...words,
    ' with ',
    figures.at(`/series/offered/${column}`, 'rate'),
    series.widthS === 1 ? ' msg/s offered' : ' msg/s offered in that column',
  ]
}

function unjudgedWords({ slos }: Result): Part[] {
  const open = slos.filter((slo) => slo.met === null)
  return open.length === 0 ? [] : [`Not judged: ${open.map((slo) => `${metricName(slo)} (${slo.phase})`).join(', ')}.`]
}

function highestWords(figures: Figures): Prose {
  if (figures.result.verdict.highestGoodRate === null) return []
  return ['Highest second that met all SLOs: ', figures.at('/verdict/highestGoodRate', 'rate'), ' msg/s.']
}

function invalidSentences(figures: Figures): Prose[] {
  const { result } = figures
  const index = result.validity.findIndex((rule) => !rule.ok && !rule.demoted)
  const end: Prose = [
    'The figures below are for finding the cause; they are no evidence for or against ',
    figures.quote('/target/title'),
    '.',
  ]
  const rule = result.validity[index]
  if (!rule) return [['This run cannot tell.'], ...reasonSentence(figures), end]
  const { figure, limit } = ruleFigures(figures, index)
  const words: Part[] = ['This run cannot tell. ', figures.quote(`/validity/${index}/title`)]
  const side = rule.direction === 'atMost' ? 'allowed ' : 'needed '
  words.push(figure === noFigure ? ' could not be determined' : ' was ', ...(figure === noFigure ? [] : [figure]))
  words.push(', ', side, limit)
  if (rule.fromS !== null && rule.toS !== null)
    words.push(', from ', figures.at(`/validity/${index}/fromS`, 'seconds'), ' to ')
  if (rule.fromS !== null && rule.toS !== null) words.push(figures.at(`/validity/${index}/toS`, 'seconds'))
  const help: Part[] = ['Usual cause: ', figures.quote(`/validity/${index}/cause`), ' Do this: ']
  return [[...words, '.'], [...help, figures.quote(`/validity/${index}/action`)], end]
}

function reasonSentence(figures: Figures): Prose[] {
  return figures.result.verdict.reasons.length === 0 ? [] : [[figures.quote('/verdict/reasons/0/text')]]
}

function incompleteSentences(figures: Figures): Prose[] {
  const { run, ledger } = figures.result
  const stopped: Part[] =
    run.interruptedAtS === null
      ? ['Stopped before its end']
      : ['Stopped at ', figures.at('/run/interruptedAtS', 'seconds')]
  if (run.interruptedPhase !== null) stopped.push(' in ', figures.quote('/run/interruptedPhase'))
  stopped.push('.')
  if (!ledger.audit.complete) return [stopped, ['Ledger: not audited, so losses are unknown.']]
  return [stopped, ['Ledger: audited. ', ...ledgerSentence(figures)]]
}
