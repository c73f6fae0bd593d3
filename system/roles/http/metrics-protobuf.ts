import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import type { Registry } from 'prom-client'
import type { NativeBuckets } from '../latency-histogram.ts'

/**
 * The page of a registry as protobuf: delimited messages `io.prometheus.client.MetricFamily`, numbers of fields and types
 * from prometheus/client_model, `io/prometheus/client/metrics.proto`. It alone can hold native histograms; classic ones
 * stand beside them. Prometheus asks for it where it stores native histograms.
 */
export const protobufType =
  'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited'

/** What a metric of the registry says of itself; a registry types less of it. */
interface Family {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly values: readonly Value[]
}

interface Value {
  readonly metricName?: string
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
  readonly native?: () => NativeBuckets
}

const types = new Map([
  ['counter', 0],
  ['gauge', 1],
  ['histogram', 4],
])
const fields = { label: 1, gauge: 2, counter: 3, histogram: 7 } as const

/** Throws for a summary: roles have none. */
export async function metricsProtobuf(registry: Registry): Promise<Uint8Array> {
  const page = new BinaryWriter()
  for (const family of (await registry.getMetricsAsJSON()) as unknown as Family[]) {
    page.fork()
    writeFamily(page, family)
    page.join()
  }
  return page.finish()
}

function writeFamily(page: BinaryWriter, { name, help, type, values }: Family): void {
  const number = types.get(type)
  if (number === undefined) throw new Error(`${name} is a ${type}, which this page has no form for`)
  text(page, 1, name)
  text(page, 2, help)
  page.tag(3, WireType.Varint).int32(number)
  const metrics = type === 'histogram' ? histogramsOf(values) : values.map((value) => ({ value }))
  for (const metric of metrics)
    nested(page, 4, () => {
      for (const [label, value] of Object.entries(metric.value.labels))
        nested(page, fields.label, () => {
          text(page, 1, label)
          text(page, 2, `${value}`)
        })
      if ('buckets' in metric) nested(page, fields.histogram, () => writeHistogram(page, metric))
      else nested(page, type === 'gauge' ? fields.gauge : fields.counter, () => double(page, 1, metric.value.value))
    })
}

interface HistogramSeries {
  readonly buckets: readonly Value[]
  readonly sum: number
  /** Its count: last of the series' values, as all of prom-client's histograms and ours have them. */
  readonly value: Value
}

function histogramsOf(values: readonly Value[]): HistogramSeries[] {
  const found: HistogramSeries[] = []
  let buckets: Value[] = []
  let sum = 0
  for (const value of values) {
    if (value.metricName?.endsWith('_sum')) sum = value.value
    else if (!value.metricName?.endsWith('_count')) buckets.push(value)
    else {
      found.push({ buckets, sum, value })
      buckets = []
    }
  }
  return found
}

function writeHistogram(page: BinaryWriter, { buckets, sum, value: { value: count, native } }: HistogramSeries): void {
  page.tag(1, WireType.Varint).uint64(count)
  double(page, 2, sum)
  for (const { labels, value } of buckets)
    nested(page, 3, () => {
      page.tag(1, WireType.Varint).uint64(value)
      double(page, 2, Number(`${labels.le}`.replace('+Inf', 'Infinity')))
    })
  if (native) writeNative(page, native())
}

function writeNative(page: BinaryWriter, { schema, zeroThreshold, zeroCount, spans, deltas }: NativeBuckets): void {
  page.tag(5, WireType.Varint).sint32(schema)
  double(page, 6, zeroThreshold)
  page.tag(7, WireType.Varint).uint64(zeroCount)
  for (const { offset, length } of spans)
    nested(page, 12, () => {
      page.tag(1, WireType.Varint).sint32(offset)
      page.tag(2, WireType.Varint).uint32(length)
    })
  nested(page, 13, () => {
    for (const delta of deltas) page.sint64(delta)
  })
}

function nested(page: BinaryWriter, field: number, write: () => void): void {
  page.tag(field, WireType.LengthDelimited).fork()
  write()
  page.join()
}

function text(page: BinaryWriter, field: number, value: string): void {
  page.tag(field, WireType.LengthDelimited).string(value)
}

function double(page: BinaryWriter, field: number, value: number): void {
  page.tag(field, WireType.Bit64).double(value)
}
