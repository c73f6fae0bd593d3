/**
 * How a Prometheus is told to store the native histograms of a page beside the classic ones. Versions: releases 3.0.0, 3.8.0
 * and 3.9.0 of prometheus/prometheus.
 */
export interface NativeHistograms {
  readonly flags: readonly string[]
  /** Of all jobs, and of those whose pages have native histograms. */
  readonly global: Readonly<Record<string, unknown>>
  readonly job: Readonly<Record<string, unknown>>
}

/** What a Prometheus asks for by default; the flag would make it ask for protobuf first, of every exporter and agent. */
const text = ['OpenMetricsText1.0.0', 'OpenMetricsText0.0.1', 'PrometheusText1.0.0', 'PrometheusText0.0.4']
const job = { scrape_protocols: ['PrometheusProto', 'PrometheusText0.0.4'], always_scrape_classic_histograms: true }
const none: NativeHistograms = { flags: [], global: {}, job: {} }

/** `version` as `3.5.0`. One older than 3 has classic histograms alone: its native ones were an experiment. */
export function nativeHistograms(version: string): NativeHistograms {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major < 3) return none
  const isSetting = major > 3 || minor >= 8
  return {
    flags: isSetting ? [] : ['--enable-feature=native-histograms'],
    global: { scrape_protocols: text },
    job: { ...job, ...(isSetting && { scrape_native_histograms: true }) },
  }
}
