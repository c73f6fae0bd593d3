import type { SeriesColumns } from '../../reports/schema/result.ts'
import { maxOf, quantileOf } from '../measure/distribution.ts'
import type { Intervals, LatencyKind } from '../measure/intervals.ts'
import type { Columns } from './columns.ts'

type Values = readonly (number | null)[]

/**
 * Seconds put together into columns. Histograms are added before a quantile is read, and the worst second keeps its
 * p99 beside that; counts are added and stay a rate a second; a gauge is drawn at its largest, with least and last
 * beside. Nothing is averaged that is not a count over time. Columns of a second leave everything as it is.
 */
export function mergeSeconds(seconds: SeriesColumns, latency: Intervals, columns: Columns): SeriesColumns {
  if (columns.widthS === 1) return seconds
  const of = (values: Values, figure: (known: number[]) => number) =>
    columns.list.map(({ fromS, toS }) => {
      const known = values.slice(fromS, toS).filter((value) => value !== null)
      return known.length === 0 ? null : figure(known)
    })
  const rate = (values: Values) => of(values, meanRate)
  const most = (values: Values) => of(values, (known) => Math.max(...known))
  const least = (values: Values) => of(values, (known) => Math.min(...known))
  const last = (values: Values) => of(values, (known) => known.at(-1)!)
  const added = (kind: LatencyKind) => {
    const samples = columns.list.map(({ fromS, toS }) => latency.span(kind, fromS, toS))
    const at = (quantile: number) => samples.map((column) => quantileOf(column, quantile))
    return { p50: at(0.5), p99: at(0.99), max: samples.map(maxOf) }
  }
  const [delivery, ack, service] = [added('delivery'), added('ack'), added('deliveryService')]
  return {
    widthS: columns.widthS,
    ...(columns.doublings === 0 ? {} : { doublings: columns.doublings }),
    s: columns.list.map(({ fromS }) => fromS),
    offered: rate(seconds.offered),
    sent: rate(seconds.sent),
    acked: rate(seconds.acked),
    delivered: rate(seconds.delivered),
    refused: rate(seconds.refused),
    goodput: rate(seconds.goodput),
    connected: most(seconds.connected),
    connectedMin: least(seconds.connected),
    connectedLast: last(seconds.connected),
    deliveryP50: delivery.p50,
    deliveryP99: delivery.p99,
    deliveryP99Worst: most(seconds.deliveryP99),
    deliveryMax: delivery.max,
    ackP50: ack.p50,
    ackP99: ack.p99,
    ackP99Worst: most(seconds.ackP99),
    ackMax: ack.max,
    serviceP50: service.p50,
    serviceP99: service.p99,
    serviceP99Worst: most(seconds.serviceP99),
    serviceMax: service.max,
    latenessP99: added('lateness').p99,
    latenessP99Worst: most(seconds.latenessP99),
    backlog: most(seconds.backlog),
    backlogMin: least(seconds.backlog),
    backlogLast: last(seconds.backlog),
    eventLoopP99: most(seconds.eventLoopP99),
  }
}

/** Counts of known seconds over their number; three decimals give the count back in a column of any width here. */
const meanRate = (counts: readonly number[]): number =>
  Number((counts.reduce((sum, count) => sum + count, 0) / counts.length).toFixed(3))
