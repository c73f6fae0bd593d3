import type { Histogram, Registry } from 'prom-client'

/**
 * Seconds; six bounds a decade, so that a quantile read from two neighbours is at most a quarter off. From an embedded
 * store at rest to a log that is far behind.
 */
export const latencyBoundsS: readonly number[] = [
  0.0005, 0.001, 0.0015, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7,
  1, 1.5, 2, 3, 5, 7, 10, 15, 20, 30, 60,
]

/**
 * Native buckets (https://prometheus.io/docs/specs/native_histograms): 16 to a doubling, so that a quantile is at most
 * 4.5 % off. Bucket i holds what is over 2^((i-1)/16) and up to 2^(i/16) seconds, from 1 us to 36 hours.
 */
const schema = 4
const perDoubling = 2 ** schema
const [smallest, largest] = [-20, 17]
const zeroThresholdS = 2 ** smallest
const firstIndex = smallest * perDoubling + 1
const lastIndex = largest * perDoubling

/** A native histogram as protobuf has it: runs of buckets that have samples, each count told by its step from the one before. */
export interface NativeBuckets {
  readonly schema: number
  readonly zeroThreshold: number
  readonly zeroCount: number
  /** `offset` is the index of the first run's first bucket, and from then on how many buckets are left out. */
  readonly spans: readonly { readonly offset: number; readonly length: number }[]
  readonly deltas: readonly number[]
}

/** The samples of one series. */
export class LatencySeries {
  /** Samples by bound, not added up; the last are beyond every bound. */
  readonly counts = new Float64Array(latencyBoundsS.length + 1)
  readonly #native = new Float64Array(lastIndex - firstIndex + 1)
  #zeroCount = 0
  sumS = 0

  /** What clocks of two hosts make negative counts as 0. */
  observeMs(latencyMs: number): void {
    const seconds = latencyMs > 0 ? latencyMs / 1000 : 0
    if (seconds <= zeroThresholdS) this.#zeroCount += 1
    else this.#native[Math.min(Math.ceil(Math.log2(seconds) * perDoubling), lastIndex) - firstIndex]! += 1
    let low = 0
    let high = latencyBoundsS.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (seconds <= latencyBoundsS[middle]!) high = middle
      else low = middle + 1
    }
    this.counts[low]! += 1
    this.sumS += seconds
  }

  native(): NativeBuckets {
    const spans: { offset: number; length: number }[] = []
    const deltas: number[] = []
    let [next, before] = [0, 0]
    for (const [slot, count] of this.#native.entries()) {
      if (count === 0) continue
      const index = firstIndex + slot
      if (spans.length === 0 || index > next) spans.push({ offset: index - next, length: 0 })
      spans.at(-1)!.length += 1
      deltas.push(count - before)
      before = count
      next = index + 1
    }
    return { schema, zeroThreshold: zeroThresholdS, zeroCount: this.#zeroCount, spans, deltas }
  }
}

interface Described {
  readonly name: string
  readonly help: string
}

/** A histogram without labels. */
export function latencyHistogram(registry: Registry, described: Described): LatencySeries {
  const series = new LatencySeries()
  register(registry, described, [[{}, series]])
  return series
}

/** A histogram with one label of known values; every series is there from the start. */
export function latencyHistograms<Value extends string>(
  registry: Registry,
  described: Described,
  label: string,
  values: readonly Value[],
): Readonly<Record<Value, LatencySeries>> {
  const all = values.map((value) => [value, new LatencySeries()] as const)
  const labelled = all.map(([value, series]) => [{ [label]: value }, series] as const)
  register(registry, described, labelled)
  return Object.fromEntries(all) as Record<Value, LatencySeries>
}

type Labels = Readonly<Record<string, string>>

/**
 * A metric of our own in prom-client's registry. Its own histogram looks labels up and walks the bounds at each sample;
 * here there are several samples a message.
 */
function register(registry: Registry, described: Described, all: readonly (readonly [Labels, LatencySeries])[]): void {
  const get = async () => ({
    ...described,
    type: 'histogram',
    aggregator: 'sum',
    values: all.flatMap(([labels, series]) => exposed(described.name, labels, series)),
  })
  // The registry asks a metric for its name and `get` and nothing else, whatever its type says.
  registry.registerMetric({ name: described.name, get } as unknown as Histogram)
}

/** The count brings the native buckets for whoever writes them: text has no form for them. */
function exposed(name: string, labels: Labels, series: LatencySeries) {
  const { counts, sumS } = series
  let count = 0
  const buckets = [...latencyBoundsS, '+Inf'].map((le, i) => {
    count += counts[i]!
    return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: count }
  })
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sumS },
    { metricName: `${name}_count`, labels, value: count, native: () => series.native() },
  ]
}
