import type { ComparisonRun } from '../../reports/schema/comparison.ts'
import type { Spectrum } from '../../reports/schema/result.ts'

/** What a comparison keeps of a run's curves: enough for a panel a few hundred pixels wide; the run keeps its own whole. */

const mostColumns = 120
const widthsS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 3_600]

/**
 * p99 and backlog in at most 120 columns, each with its worst second: a spike stays as high as it was, only less
 * sharp. `s` names the first second of a column. None crosses an edge, where a phase or a fault begins or ends: the
 * last column before one is shorter. (More edges than columns leave more columns.)
 */
export function timeCurves(
  s: readonly number[],
  p99: readonly (number | null)[],
  backlog: readonly (number | null)[],
  edgesS: readonly number[],
): NonNullable<ComparisonRun['time']> {
  const endS = (s.at(-1) ?? 0) + 1
  const edges = [...new Set([0, ...edgesS.map(Math.floor)])].filter((edge) => edge >= 0 && edge < endS)
  edges.sort((a, b) => a - b)
  const starts = columnStarts(edges, endS)
  let column = 0
  const columns = Map.groupBy(s.keys(), (index) => {
    while ((starts[column + 1] ?? endS) <= (s[index] as number)) column += 1
    return starts[column] as number
  })
  const worst = (values: readonly (number | null)[]) =>
    [...columns.values()].map((own) => {
      const known = own.flatMap((index) => values[index] ?? [])
      return known.length === 0 ? null : Math.max(...known)
    })
  return { s: [...columns.keys()], deliveryP99: worst(p99), backlog: worst(backlog) }
}

/** Of the smallest width that gives few enough columns. */
function columnStarts(edges: readonly number[], endS: number): number[] {
  let starts: number[] = []
  for (const widthS of widthsS) {
    starts = edges.flatMap((edge, at) => {
      const count = Math.ceil(((edges[at + 1] ?? endS) - edge) / widthS)
      return Array.from({ length: count }, (_, k) => edge + k * widthS)
    })
    if (starts.length <= mostColumns) break
  }
  return starts
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
