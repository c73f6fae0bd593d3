import { type Histogram, HistogramLogReader } from 'hdr-histogram-js'
import RecordedValuesIteratorModule from 'hdr-histogram-js/dist/RecordedValuesIterator.js'
import { type Distribution, distribution, emptyDistribution, mergeDistributions } from './distribution.ts'

// The package is CommonJS: Node hands its whole `exports` as the default import of a deep path.
const RecordedValuesIterator = RecordedValuesIteratorModule.default
type DenseHistogram = ConstructorParameters<typeof RecordedValuesIterator>[0]

export const latencyKinds = ['delivery', 'ack', 'lateness', 'deliveryService', 'ackService'] as const
/** Beside what the generator measures: what the target reports. */
export type LatencyKind = (typeof latencyKinds)[number] | 'persistReported'

/** Latency by kind and second of due time. */
export class Intervals {
  readonly #bySecond = new Map<LatencyKind, Map<number, Distribution>>()

  add(kind: LatencyKind, second: number, samples: Distribution): void {
    const seconds = this.#bySecond.get(kind) ?? new Map<number, Distribution>()
    this.#bySecond.set(kind, seconds)
    const known = seconds.get(second)
    seconds.set(second, known === undefined ? samples : mergeDistributions([known, samples]))
  }

  at(kind: LatencyKind, second: number): Distribution {
    return this.#bySecond.get(kind)?.get(second) ?? emptyDistribution
  }

  /** Adds up the seconds `fromS` to `toS` (exclusive). */
  span(kind: LatencyKind, fromS: number, toS: number): Distribution {
    return mergeDistributions(Array.from({ length: Math.max(0, toS - fromS) }, (_, i) => this.at(kind, fromS + i)))
  }
}

/**
 * Reads the generator's `latency.hlog` (HdrHistogram V2 interval log, tags = kinds). Several logs are read into one
 * `into`, by addition. Throws when a line is cut short or carries an unknown tag.
 */
export function readIntervals(text: string, into = new Intervals()): Intervals {
  const reader = new HistogramLogReader(text)
  for (let histogram = reader.nextIntervalHistogram(); histogram !== null; ) {
    const kind = latencyKinds.find((known) => known === histogram!.tag)
    if (kind === undefined) throw new Error(`latency.hlog holds an interval with the unknown tag "${histogram.tag}"`)
    into.add(kind, Math.round(histogram.startTimeStampMsec / 1000), sparse(histogram))
    histogram = reader.nextIntervalHistogram()
  }
  return into
}

/** The values a dense histogram holds, and how often each. */
export function sparse(histogram: Histogram): Distribution {
  const pairs: [number, number][] = []
  const iterator = new RecordedValuesIterator(histogram as DenseHistogram)
  while (iterator.hasNext()) {
    const step = iterator.next()
    pairs.push([step.valueIteratedTo, step.countAtValueIteratedTo])
  }
  return distribution(pairs)
}
