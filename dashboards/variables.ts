/** What stands for the variables of a query, and Grafana's way to choose the window of a rate. Also runs in the page. */

export interface VariableValues {
  /** A run id, or a pattern on the board of several runs. */
  readonly run: string
  readonly backend: string
  /** Seconds between points. */
  readonly stepS: number
  /** Length of the time range, seconds. */
  readonly rangeS: number
}

/** How often the lab scrapes; Grafana is told the same in the data source. */
export const scrapeIntervalS = 1

/** Grafana's $__rate_interval: four scrapes at the least, and no point may miss a sample between two windows. */
export const rateIntervalS = (stepS: number): number => Math.max(stepS + scrapeIntervalS, 4 * scrapeIntervalS)

/** A step that gives at most `points` points and is a whole number of scrapes. */
export const stepFor = (rangeS: number, points: number): number =>
  Math.max(scrapeIntervalS, Math.ceil(rangeS / points / scrapeIntervalS) * scrapeIntervalS)

/** The query with its variables filled in; a variable that nobody gives stays, and Prometheus refuses it by name. */
export function substitute(expr: string, values: VariableValues): string {
  const texts: Readonly<Record<string, string>> = {
    $__rate_interval: `${rateIntervalS(values.stepS)}s`,
    $__interval: `${values.stepS}s`,
    $__range: `${Math.ceil(values.rangeS)}s`,
    $run: values.run,
    $backend: values.backend,
  }
  return expr.replace(/\$\w+/g, (name) => texts[name] ?? name)
}
