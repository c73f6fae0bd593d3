import type { MetricDescription } from '../metrics/description.ts'
import { metrics } from '../metrics.ts'

const seriesOf = ({ name, type }: MetricDescription): string =>
  type === 'histogram' ? `${name}(_bucket|_sum|_count)?` : name

/**
 * Selects, in a Prometheus that scrapes a chat, what panels and rules may name: the table's metrics but the lab's own, and
 * who answered. The balancer alone has 700 series that nobody asks for.
 */
export const federatedSeries: string = `{__name__=~"${[
  'up',
  ...metrics.filter(({ source }) => source !== 'lab').map(seriesOf),
].join('|')}"}`
