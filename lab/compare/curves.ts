import type { ComparisonRun } from '../../reports/schema/comparison.ts'
import type { SeriesColumns, Spectrum } from '../../reports/schema/result.ts'
import { columnWidth, cutColumns } from '../judge/columns.ts'

/** What a comparison keeps of a run's curves: enough for a panel a few hundred pixels wide; the run keeps its own whole. */

const mostColumns = 120

/**
 * p99 and backlog in at most 120 columns, each with its worst second: a spike stays as high as it was, only less
 * sharp. `s` names the first second of a column. None crosses an edge, where a phase or a fault begins or ends: the
 * last column before one is shorter. (More edges than columns leave more columns.) Those of a long run hold several
 * seconds already and are put together whole.
 */
export function timeCurves(
  { s, widthS, deliveryP99, deliveryP99Worst, backlog }: SeriesColumns,
  endS: number,
  edgesS: readonly number[],
): NonNullable<ComparisonRun['time']> {
  const columns = cutColumns(endS, edgesS, columnWidth(endS, edgesS, mostColumns, widthS))
  const worst = (values: readonly (number | null)[]) =>
    columns.map(({ fromS, toS }) => {
      const known = values.filter((value, index) => value !== null && s[index]! >= fromS && s[index]! < toS)
      return known.length === 0 ? null : Math.max(...(known as number[]))
    })
  return {
    s: columns.map(({ fromS }) => fromS),
    deliveryP99: worst(deliveryP99Worst ?? deliveryP99),
    backlog: worst(backlog),
  }
}

/** Every second point, the first, the last and both sides of the edge where the curve gets thin. */
export function spectrumCurve({ phase, points, solid }: Spectrum): ComparisonRun['spectrum'][number] {
  const kept = points.flatMap((_, index) =>
    index % 2 === 0 || index === points.length - 1 || index === solid || index === solid - 1 ? [index] : [],
  )
  return {
    phase,
    points: kept.map((index) => points[index] as (typeof points)[number]),
    solid: kept.filter((index) => index < solid).length,
  }
}
