/** Over which seconds a figure is drawn: one each in a short run, several in a long one. */

/** Seconds `fromS` to `toS`, the last not included. */
export interface Column {
  readonly fromS: number
  readonly toS: number
}

export interface Columns {
  /** Of the widest column; one before an edge may be shorter. */
  readonly widthS: number
  readonly list: readonly Column[]
  /** How often the width was doubled beyond what the number of columns asks for. */
  readonly doublings: number
}

const mostColumns = 600
const widthsS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 3_600]

/** Those of a run of `endS` seconds: at most 600, and a second each where that is enough. */
export function runColumns(endS: number, edgesS: readonly number[], doublings: number): Columns {
  const widthS = columnWidth(endS, edgesS, mostColumns) * 2 ** doublings
  return { widthS, list: cutColumns(endS, edgesS, widthS), doublings }
}

/** The smallest width, a multiple of `unitS`, that gives at most `most` columns; more edges than that leave more. */
export function columnWidth(endS: number, edgesS: readonly number[], most: number, unitS = 1): number {
  const widths = widthsS.map((widthS) => widthS * unitS)
  return widths.find((widthS) => cutColumns(endS, edgesS, widthS).length <= most) ?? widths.at(-1)!
}

/**
 * Cuts seconds 0 to `endS` so that no column crosses an edge: the last one before an edge is shorter. An edge within a
 * second counts as that second's beginning.
 */
export function cutColumns(endS: number, edgesS: readonly number[], widthS: number): Column[] {
  const edges = [...new Set([0, ...edgesS.map(Math.floor)])].filter((edge) => edge >= 0 && edge < endS)
  edges.sort((a, b) => a - b)
  return edges.flatMap((edge, at) => {
    const untilS = edges[at + 1] ?? endS
    const count = Math.ceil((untilS - edge) / widthS)
    return Array.from({ length: count }, (_, k) => ({
      fromS: edge + k * widthS,
      toS: Math.min(edge + (k + 1) * widthS, untilS),
    }))
  })
}

/** Where a phase, a fault or an operation begins or ends. */
export function edgesOf(
  phases: readonly { readonly startS: number; readonly durationS: number }[],
  steps: readonly { readonly fromS: number; readonly untilS: number | null }[],
): number[] {
  return [
    ...phases.flatMap(({ startS, durationS }) => [startS, startS + durationS]),
    ...steps.flatMap(({ fromS, untilS }) => [fromS, untilS ?? fromS]),
  ]
}
