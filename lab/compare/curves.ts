import type { ComparisonRun } from '../../reports/schema/comparison.ts'
import type { Spectrum } from '../../reports/schema/result.ts'

/** What a comparison keeps of a run's curves: enough for a panel a few hundred pixels wide; the run keeps its own whole. */

const mostColumns = 120
const widthsS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600]

/**
 * p99 and backlog in at most 120 columns, each with its worst second: a spike stays as high as it was, only less
 * sharp. `s` names the first second of a column.
 */
export function timeCurves(
  s: readonly number[],
  p99: readonly (number | null)[],
  backlog: readonly (number | null)[],
): NonNullable<ComparisonRun['time']> {
  const span = (s.at(-1) ?? 0) + 1
  const widthS = widthsS.find((width) => span / width <= mostColumns) ?? 3_600
  const columns = Map.groupBy(s.keys(), (index) => Math.floor((s[index] as number) / widthS) * widthS)
  const worst = (values: readonly (number | null)[]) =>
    [...columns.values()].map((own) => {
      const known = own.flatMap((index) => values[index] ?? [])
      return known.length === 0 ? null : Math.max(...known)
    })
  return { s: [...columns.keys()], deliveryP99: worst(p99), backlog: worst(backlog) }
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
