/** The pieces that queries are made of. Every query is bounded to the run that the board shows. */

/** `{run="$run"}` and more: `of({ stage: 'write' })`. */
export const of = (labels: Readonly<Record<string, string>> = {}): string => selector('run="$run"', labels)

/** The same for boards that show several runs. */
export const ofRuns = (labels: Readonly<Record<string, string>> = {}): string => selector('run=~"$run"', labels)

/** A value with `=~` in front is a pattern. */
function selector(first: string, labels: Readonly<Record<string, string>>): string {
  const more = Object.entries(labels).map(([name, value]) =>
    value.startsWith('=~') ? `${name}=~"${value.slice(2)}"` : `${name}="${value}"`,
  )
  return `{${[first, ...more].join(', ')}}`
}

export const rate = (metric: string, where = of()): string => `rate(${metric}${where}[$__rate_interval])`

const by = (labels: readonly string[]) => (labels.length === 0 ? '' : ` by (${labels.join(', ')})`)

export const sumRate = (metric: string, where = of(), ...labels: string[]): string =>
  `sum${by(labels)} (${rate(metric, where)})`

/** Of the rates of a native histogram, and of the classic one's buckets where Prometheus has no other. */
export const quantileOf = (q: number, native: string, buckets: string): string =>
  `histogram_quantile(${q}, ${native}) or histogram_quantile(${q}, ${buckets})`

/** Quantile of a histogram over all processes, or one a label. */
export const quantile = (q: number, histogram: string, where = of(), ...labels: string[]): string =>
  quantileOf(q, sumRate(histogram, where, ...labels), sumRate(`${histogram}_bucket`, where, 'le', ...labels))

/** Mean of a histogram. */
export const mean = (histogram: string, where = of(), ...labels: string[]): string =>
  `${sumRate(`${histogram}_sum`, where, ...labels)} / ${sumRate(`${histogram}_count`, where, ...labels)}`
