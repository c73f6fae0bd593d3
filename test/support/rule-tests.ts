/** Cases for `promtool test rules`: series that come, and which alerts and recordings they must and must not make. */

interface AlertCase {
  readonly name: string
  readonly alert: string
  readonly series: Readonly<Record<string, string>>
  readonly at: string
  /** Labels of the alert that fires, without `severity`; null: it must be silent. */
  readonly fires: Readonly<Record<string, string>> | null
  readonly severity?: 'page' | 'warn'
  readonly summary?: string
  readonly description?: string
}

const run = { run: 'r1', backend: 'mysql' }
const from = 'run="r1",backend="mysql"'
const p99 = `lab_delivery_latency_seconds{${from},quantile="0.99"}`
const bound = `lab_slo_seconds{${from},metric="delivery",quantile="0.99"}`

const alertCases: readonly AlertCase[] = [
  {
    name: 'p99 over its objective for most of half a minute',
    alert: 'DeliveryP99OverSlo',
    series: { [p99]: '0.1x9 0.9x60', [bound]: '0.25x70' },
    at: '50s',
    fires: { ...run, quantile: '0.99' },
    severity: 'page',
    summary: 'p99 of delivery is over its objective',
    description: 'In more than half of the last 30 seconds the p99 that receivers saw was over the objective.',
  },
  {
    name: 'one short peak',
    alert: 'DeliveryP99OverSlo',
    series: { [p99]: '0.1x20 0.9x4 0.1x50', [bound]: '0.25x80' },
    at: '40s',
    fires: null,
  },
  {
    name: 'a backlog that grows by 200 a second',
    alert: 'BacklogGrowing',
    series: { [`lab_backlog_messages{${from}}`]: '0+200x60' },
    at: '45s',
    fires: run,
    severity: 'page',
    summary: 'Messages are accepted faster than they are stored',
    description: 'More than 1,000 messages wait for the store, and for 10 s there have been more by 50 each second.',
  },
  {
    name: 'a large backlog that shrinks',
    alert: 'BacklogGrowing',
    series: { [`lab_backlog_messages{${from}}`]: '20000-200x60' },
    at: '45s',
    fires: null,
  },
  {
    name: 'sockets cut',
    alert: 'SlowConsumers',
    series: { [`chat_slow_consumer_total{${from}}`]: '0x10 1+1x20' },
    at: '20s',
    fires: run,
    severity: 'warn',
    summary: 'Sockets are closed because they read too slowly',
    description: 'A gateway has freed the backlog of clients that do not read; they must resume.',
  },
  {
    name: 'a cut long ago',
    alert: 'SlowConsumers',
    series: { [`chat_slow_consumer_total{${from}}`]: '3x60' },
    at: '40s',
    fires: null,
  },
  {
    name: 'a generator that is late',
    alert: 'GeneratorLate',
    series: { [`lab_send_lateness_seconds{${from},quantile="0.99"}`]: '0.2x30' },
    at: '10s',
    fires: { ...run, quantile: '0.99' },
    severity: 'page',
    summary: 'The load generator cannot keep its schedule',
    description: 'For 3 s its p99 lateness was over 50 ms: what the run measures may be the generator, not the chat.',
  },
  {
    name: 'a generator in time',
    alert: 'GeneratorLate',
    series: { [`lab_send_lateness_seconds{${from},quantile="0.99"}`]: '0.004x30' },
    at: '10s',
    fires: null,
  },
  {
    name: 'senders are held',
    alert: 'BackPressure',
    series: { [`chat_backpressure_active{${from},instance="a"}`]: '1x30' },
    at: '20s',
    fires: run,
    severity: 'warn',
    summary: 'Gateways read no more from senders',
    description: 'The durable step is behind; senders are held until it has caught up.',
  },
  {
    name: 'a disk with 1 GB left',
    alert: 'DiskNearlyFull',
    series: { [`lab_disk_free_bytes{${from}}`]: '1000000000x60' },
    at: '40s',
    fires: run,
    severity: 'page',
    summary: "The disk of the run's data is nearly full",
    description: 'Less than 2 GB are free, or none will be within ten minutes at the present pace.',
  },
  {
    name: 'a disk that will be full in some minutes',
    alert: 'DiskNearlyFull',
    series: { [`lab_disk_free_bytes{${from}}`]: '15000000000-50000000x60' },
    at: '40s',
    fires: run,
    severity: 'page',
    summary: "The disk of the run's data is nearly full",
    description: 'Less than 2 GB are free, or none will be within ten minutes at the present pace.',
  },
  {
    name: 'a large disk that is written to',
    alert: 'DiskNearlyFull',
    series: { [`lab_disk_free_bytes{${from}}`]: '90000000000-50000000x60' },
    at: '40s',
    fires: null,
  },
  {
    name: 'a process that was killed',
    alert: 'TargetDown',
    series: { [`up{${from},job="chat",instance="persister"}`]: '1x10 0x20' },
    at: '20s',
    fires: { ...run, job: 'chat', instance: 'persister' },
    severity: 'page',
    summary: 'persister does not answer',
    description: 'A process of the run has not answered its scrapes for 3 s.',
  },
]

/** Ten samples a second of 40 ms and one of 900 ms: p50 within its bucket, p99 in the other's. */
const recordingCase = {
  name: 'recordings',
  interval: '1s',
  input_series: [
    { series: `chat_accepted_total{${from},instance="a"}`, values: '0+100x30' },
    { series: `chat_accepted_total{${from},instance="b"}`, values: '0+50x30' },
    { series: `chat_delivery_seconds_bucket{${from},le="0.03"}`, values: '0x30' },
    { series: `chat_delivery_seconds_bucket{${from},le="0.05"}`, values: '0+90x30' },
    { series: `chat_delivery_seconds_bucket{${from},le="1"}`, values: '0+100x30' },
    { series: `chat_delivery_seconds_bucket{${from},le="+Inf"}`, values: '0+100x30' },
    { series: `chat_stage_seconds_sum{${from},stage="write"}`, values: '0+0.2x30' },
    { series: `chat_stage_seconds_count{${from},stage="write"}`, values: '0+100x30' },
  ],
  promql_expr_test: [
    recorded('run:chat_accepted:rate10s', 150),
    recorded('run:chat_delivery_seconds:p50', 0.03 + (0.02 * 50) / 90),
    recorded('run:chat_delivery_seconds:p99', 0.05 + (0.95 * 9) / 10),
    recorded('run:chat_stage_seconds:mean', 0.002, ',stage="write"'),
  ],
}

/** The same as native histograms, where buckets of schema 0 end at powers of two: p50 over 2^-5, p99 over 2^-1. */
const nativeCase = {
  name: 'recordings of native histograms, which count before classic ones',
  interval: '1s',
  input_series: [
    { series: `chat_delivery_seconds{${from}}`, values: `${native(0)}+${native(1)}x30` },
    { series: `chat_delivery_seconds_bucket{${from},le="8"}`, values: '0x30' },
    { series: `chat_delivery_seconds_bucket{${from},le="+Inf"}`, values: '0+100x30' },
  ],
  promql_expr_test: [
    recorded('run:chat_delivery_seconds:p50', 2 ** (-5 + 50 / 90)),
    recorded('run:chat_delivery_seconds:p99', 2 ** (-1 + 9 / 10)),
  ],
}

/** 90 samples over 2^-5 and up to 2^-4 seconds, 10 over 2^-1 and up to 1, `times`. */
function native(times: number): string {
  const counts = [90, 0, 0, 0, 10].map((count) => count * times).join(' ')
  return `{{schema:0 count:${100 * times} sum:${12 * times} offset:-4 buckets:[${counts}]}}`
}

/** Rounded in the query: promtool compares the last bit. */
function recorded(name: string, value: number, more = '') {
  const labels = `{${from.replace(/(.*),(.*)/, '$2,$1')}${more}}`
  return {
    expr: `round(${name}, 0.000001)`,
    eval_time: '20s',
    exp_samples: [{ labels, value: Number(value.toFixed(6)) }],
  }
}

export const ruleTests = (rulesFile: string) => ({
  rule_files: [rulesFile],
  evaluation_interval: '1s',
  tests: [recordingCase, nativeCase, ...alertCases.map(alertTest)],
})

function alertTest({ name, alert, series, at, fires, severity, summary, description }: AlertCase) {
  const expected =
    fires === null ? [] : [{ exp_labels: { ...fires, severity }, exp_annotations: { summary, description } }]
  return {
    name: `${alert}: ${name}`,
    interval: '1s',
    input_series: Object.entries(series).map(([key, values]) => ({ series: key, values })),
    alert_rule_test: [{ eval_time: at, alertname: alert, exp_alerts: expected }],
  }
}
