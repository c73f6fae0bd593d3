import { stringify } from 'yaml'
import { quantileOf } from '../query.ts'

/** A query whose answer Prometheus keeps as a series of its own. */
export interface RecordingRule {
  readonly record: string
  readonly expr: string
}

export interface AlertRule {
  readonly alert: string
  readonly expr: string
  /** How long it must hold, as `10s`. */
  readonly for: string
  readonly labels: { readonly severity: 'page' | 'warn' }
  readonly annotations: { readonly summary: string; readonly description: string }
}

export interface RuleGroup {
  readonly name: string
  readonly rules: readonly (RecordingRule | AlertRule)[]
}

/** Long enough for ten scrapes, short enough for a phase of a run. */
const window = '10s'
const perRun = 'run, backend'

const rate = (metric: string, by = perRun): string => `sum by (${by}) (rate(${metric}[${window}]))`
const quantile = (q: number, metric: string, by = perRun): string =>
  quantileOf(q, rate(metric, by), rate(`${metric}_bucket`, `${by}, le`))

/** Series that several panels and alerts share, by run. `level:metric:operations` as the Prometheus conventions name them. */
const recordings: readonly RecordingRule[] = [
  { record: 'run:chat_accepted:rate10s', expr: rate('chat_accepted_total') },
  { record: 'run:chat_persisted:rate10s', expr: rate('chat_persisted_total') },
  { record: 'run:chat_refused:rate10s', expr: rate('chat_refused_total', `${perRun}, code`) },
  { record: 'run:chat_delivery_seconds:p50', expr: quantile(0.5, 'chat_delivery_seconds') },
  { record: 'run:chat_delivery_seconds:p99', expr: quantile(0.99, 'chat_delivery_seconds') },
  { record: 'run:chat_delivery_seconds:p999', expr: quantile(0.999, 'chat_delivery_seconds') },
  { record: 'run:chat_ack_seconds:p99', expr: quantile(0.99, 'chat_ack_seconds') },
  { record: 'run:chat_stage_seconds:p99', expr: quantile(0.99, 'chat_stage_seconds', `${perRun}, stage`) },
  {
    record: 'run:chat_stage_seconds:mean',
    expr: `${rate('chat_stage_seconds_sum', `${perRun}, stage`)} / ${rate('chat_stage_seconds_count', `${perRun}, stage`)}`,
  },
  { record: 'run:lab_messages_sent:rate10s', expr: rate('lab_messages_sent_total') },
  { record: 'run:lab_deliveries:rate10s', expr: rate('lab_deliveries_total') },
]

const delivery99 = 'lab_delivery_latency_seconds{quantile="0.99"}'
const bound99 = 'ignoring (metric) lab_slo_seconds{metric="delivery", quantile="0.99"}'

const alerts: readonly AlertRule[] = [
  {
    alert: 'DeliveryP99OverSlo',
    // Burn: the share of the last half minute's seconds whose own p99 was over the objective.
    expr: `avg_over_time((${delivery99} > bool ${bound99})[30s:1s]) > 0.5`,
    for: '5s',
    labels: { severity: 'page' },
    annotations: {
      summary: 'p99 of delivery is over its objective',
      description: 'In more than half of the last 30 seconds the p99 that receivers saw was over the objective.',
    },
  },
  {
    alert: 'BacklogGrowing',
    expr: 'lab_backlog_messages > 1000 and deriv(lab_backlog_messages[15s]) > 50',
    for: '10s',
    labels: { severity: 'page' },
    annotations: {
      summary: 'Messages are accepted faster than they are stored',
      description: 'More than 1,000 messages wait for the store, and for 10 s there have been more by 50 each second.',
    },
  },
  {
    alert: 'SlowConsumers',
    expr: `${rate('chat_slow_consumer_total')} > 0`,
    for: '0s',
    labels: { severity: 'warn' },
    annotations: {
      summary: 'Sockets are closed because they read too slowly',
      description: 'A gateway has freed the backlog of clients that do not read; they must resume.',
    },
  },
  {
    alert: 'GeneratorLate',
    expr: 'lab_send_lateness_seconds{quantile="0.99"} > 0.05',
    for: '3s',
    labels: { severity: 'page' },
    annotations: {
      summary: 'The load generator cannot keep its schedule',
      description: 'For 3 s its p99 lateness was over 50 ms: what the run measures may be the generator, not the chat.',
    },
  },
  {
    alert: 'BackPressure',
    expr: `sum by (${perRun}) (chat_backpressure_active) > 0`,
    for: '5s',
    labels: { severity: 'warn' },
    annotations: {
      summary: 'Gateways read no more from senders',
      description: 'The durable step is behind; senders are held until it has caught up.',
    },
  },
  {
    alert: 'DiskNearlyFull',
    expr: 'lab_disk_free_bytes < 2e9 or (lab_disk_free_bytes < 20e9 and predict_linear(lab_disk_free_bytes[30s], 600) < 0)',
    for: '5s',
    labels: { severity: 'page' },
    annotations: {
      summary: "The disk of the run's data is nearly full",
      description: 'Less than 2 GB are free, or none will be within ten minutes at the present pace.',
    },
  },
  {
    alert: 'TargetDown',
    expr: 'up == 0',
    for: '3s',
    labels: { severity: 'page' },
    annotations: {
      summary: '{{ $labels.instance }} does not answer',
      description: 'A process of the run has not answered its scrapes for 3 s.',
    },
  },
]

export const ruleGroups: readonly RuleGroup[] = [
  { name: 'recordings', rules: recordings },
  { name: 'alerts', rules: alerts },
]

/** `rules.yml`, committed in `dashboards/built/`: `npm run dashboards -- build` writes it. */
export const renderRules = (): string =>
  `# Made from rules.ts; do not edit.\n${stringify({ groups: ruleGroups }, { lineWidth: 0 })}`
