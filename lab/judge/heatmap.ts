import type { Heatmap } from '../../reports/schema/result.ts'
import type { Intervals } from '../measure/intervals.ts'
import type { Column } from './columns.ts'

const binsPerDecade = 8

/** Bin of a value: `floor(8 log10(us))`, the first one starting at 1 us. */
export const heatmapBin = (us: number): number => Math.floor(binsPerDecade * Math.log10(Math.max(1, us)) + 1e-9)

/** Delivery latency of every column, each sample counted exactly once. */
export function heatmapOf(latency: Intervals, over: readonly Column[]): Heatmap {
  const columns: number[][] = []
  let samples = 0
  for (const [index, { fromS, toS }] of over.entries()) {
    const source = latency.span('delivery', fromS, toS)
    if (source.total === 0) continue
    const first = heatmapBin(source.values[0]!)
    const counts: number[] = new Array(heatmapBin(source.values.at(-1)!) - first + 1).fill(0)
    source.values.forEach((us, i) => {
      counts[heatmapBin(us) - first]! += source.counts[i]!
    })
    columns.push([index, first, ...counts])
    samples += source.total
  }
  return { binsPerDecade, minUs: 1, columns, samples }
}
