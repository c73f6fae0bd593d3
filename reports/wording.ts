import type { Figure, FigureFormat, Figures } from './figures.ts'
import type { ledgerCounters, ReadsResult, SloResult, ValidityRule } from './schema/result.ts'

/** Names as a reader says them; one place, so that tables, sentences and JUnit agree. */

type CounterName = (typeof ledgerCounters)[number]

/** What a counter above 0 means, after its count. */
export const counterMeaning: Record<CounterName, string> = {
  lost_after_ack: 'acked messages are not in the store',
  undelivered: 'acked messages did not reach every member',
  delivered_unsaved: 'delivered messages are not in the store',
  duplicate_deliveries: 'deliveries came twice',
  duplicate_rows: 'messages are stored twice',
  reordered: 'deliveries came out of order',
  order_mismatch: 'messages are stored in another order than delivered',
  corrupted: 'messages came back changed',
}

/** 0.99 -> `p99`, 0.999 -> `p99.9`, 1 -> `max`. */
export function quantileName(quantile: number): string {
  return quantile === 1 ? 'max' : `p${Number((quantile * 100).toPrecision(6))}`
}

/** `p99 delivery`, `error ratio`, `lost after ack`. */
export function metricName(slo: Pick<SloResult, 'metric' | 'quantile'>): string {
  if (slo.quantile !== null) return `${quantileName(slo.quantile)} ${slo.metric}`
  if (slo.metric === 'errors') return 'error ratio'
  if (slo.metric === 'indeterminate') return 'indeterminate ratio'
  return slo.metric.replace(/^ledger:/, '').replaceAll('_', ' ')
}

/** `hold`, `every measured phase`, `whole run`. */
export function phaseWords(phase: string): string {
  if (phase === 'measured') return 'every measured phase'
  return phase === 'run' ? 'whole run' : phase
}

type SloUnit = SloResult['unit']
const valueFormats: Record<SloUnit, FigureFormat> = { us: 'latency', ratio: 'badShare', count: 'count' }
const tableFormats: Record<SloUnit, FigureFormat> = { us: 'ms', ratio: 'badShare', count: 'count' }
const boundFormats: Record<SloUnit, FigureFormat> = { us: 'bound', ratio: 'badShare', count: 'count' }
const tableBoundFormats: Record<SloUnit, FigureFormat> = { us: 'boundMs', ratio: 'badShare', count: 'count' }

export interface SloFigures {
  readonly measured: Figure | string
  readonly bound: Figure | string
}

/** Measured and bound of an SLO, written so that rounding cannot contradict the verdict. */
export function sloFigures(figures: Figures, index: number, table: boolean): SloFigures {
  const { unit } = figures.result.slos[index] as SloResult
  const at = `/slos/${index}`
  return {
    measured: figures.at(`${at}/measured`, (table ? tableFormats : valueFormats)[unit], `${at}/bound`),
    bound: figures.at(`${at}/bound`, (table ? tableBoundFormats : boundFormats)[unit]),
  }
}

/** Figure and limit of a validity rule; a share is cut towards the side that breaks the rule. */
export function ruleFigures(figures: Figures, index: number): { figure: Figure | string; limit: Figure | string } {
  const rule = figures.result.validity[index] as ValidityRule
  const share = rule.direction === 'atMost' ? 'badShare' : 'goodShare'
  const formats: Record<ValidityRule['unit'], FigureFormat> = { us: 'latency', ratio: share, count: 'count' }
  const at = `/validity/${index}`
  return {
    figure: figures.at(`${at}/figure`, formats[rule.unit], `${at}/limit`),
    limit: figures.at(`${at}/limit`, rule.unit === 'us' ? 'bound' : formats[rule.unit]),
  }
}

export const readNames: Readonly<Record<ReadsResult['kinds'][number]['kind'], string>> = {
  firstPage: 'first page of a room',
  deepPage: 'page deep in a room',
  roomList: 'rooms of a user',
}
