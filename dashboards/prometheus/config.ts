import { stringify } from 'yaml'
import { nativeHistograms } from './native.ts'

/** Which run the samples belong to: labels of every target, so that they are kept in its data. */
export interface ObservedRun {
  readonly run: string
  readonly backend: string
  readonly runtime: string
}

/** Where the targets of a job are found. */
export type Discovery =
  /** Files of `targetsFile`, written anew while Prometheus runs: a restarted process has a new port. */
  | { readonly kind: 'file'; readonly files: readonly string[] }
  /** Every address a name resolves to: tasks of a Swarm service. Each is an instance of its own by its address. */
  | { readonly kind: 'dns'; readonly names: readonly string[]; readonly port: number }

export interface ScrapeJob {
  /** Label `job`: `chat`, `lab`, `engine`, or the program that exposes itself. */
  readonly name: string
  /** Label `role`, where all targets have the same; jobs that share a name differ in it. */
  readonly role?: string
  readonly discovery: Discovery
  readonly path?: string
  /** Of the query string. */
  readonly parameters?: Readonly<Record<string, string | readonly string[]>>
  /** Its pages have native histograms, as those of the chat's processes do. */
  readonly native?: boolean
  /** Patterns of the names that are stored, all by default, and of labels that are not. */
  readonly names?: string
  readonly withoutLabels?: string
  /** The target is another Prometheus, of which these series are taken as they are there: labels, times, ends. */
  readonly federate?: string
}

export interface PrometheusSpec {
  /** Of the Prometheus, as `3.5.0`: what it takes differs. */
  readonly version: string
  readonly observed: ObservedRun
  readonly jobs: readonly ScrapeJob[]
  readonly rulesFile?: string
  /** Whole seconds. */
  readonly intervalS?: number
}

/** One target of a `file` discovery. */
export interface ScrapeTarget {
  /** `host:port`. */
  readonly address: string
  readonly role: string
  readonly instance: string
}

/**
 * Phases of a run last seconds, so one sample a second. Bounds of a page: a process of the house exposes some 600 samples,
 * so one that exposes ten times as many has let a room or a user into a label.
 */
const defaultIntervalS = 1
const samplesPerPage = 6_000
const labelsPerSample = 20
const pageBytes = '2MB'
/** Of a page that another Prometheus makes of those of all tasks: 16 gateways and as much again. */
const federated = { sample_limit: 30_000, body_size_limit: '10MB' } as const
const dnsRefresh = '2s'

/** `prometheus.yml`. */
export function renderPrometheusConfig({
  version,
  observed,
  jobs,
  rulesFile,
  intervalS = defaultIntervalS,
}: PrometheusSpec): string {
  return stringify({
    global: {
      scrape_interval: `${intervalS}s`,
      scrape_timeout: `${intervalS}s`,
      evaluation_interval: `${intervalS}s`,
      sample_limit: samplesPerPage,
      label_limit: labelsPerSample,
      body_size_limit: pageBytes,
      ...nativeHistograms(version).global,
    },
    ...(rulesFile !== undefined && { rule_files: [rulesFile] }),
    scrape_configs: jobs.map((job) => scrapeConfig(job, observed, version)),
  })
}

function scrapeConfig(job: ScrapeJob, observed: ObservedRun, version: string) {
  const { name, role, discovery, federate } = job
  const path = federate === undefined ? job.path : '/federate'
  const parameters = federate === undefined ? job.parameters : { 'match[]': federate }
  const labels = { ...observed, ...(role !== undefined && { job: name, role }) }
  return {
    // Prometheus wants each once; what is stored is the label.
    job_name: role === undefined ? name : `${name}-${role}`,
    metrics_path: path ?? '/metrics',
    ...(parameters && {
      params: Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, [value].flat()])),
    }),
    ...((job.native || federate !== undefined) && nativeHistograms(version).job),
    // Samples that bring their times would otherwise have no end: a task that is gone would count for 5 minutes.
    ...(federate !== undefined && {
      honor_labels: true,
      honor_timestamps: true,
      track_timestamps_staleness: true,
      ...federated,
    }),
    // Prometheus has no labels of a job; relabelling sets them whatever the discovery is.
    relabel_configs: Object.entries(labels).map(([label, value]) => ({ target_label: label, replacement: value })),
    ...stored(job),
    ...(discovery.kind === 'file'
      ? { file_sd_configs: [{ files: discovery.files }] }
      : {
          dns_sd_configs: [{ names: discovery.names, type: 'A', port: discovery.port, refresh_interval: dnsRefresh }],
        }),
  }
}

function stored({ names, withoutLabels }: ScrapeJob) {
  const rules = [
    ...(names === undefined ? [] : [{ source_labels: ['__name__'], regex: names, action: 'keep' }]),
    ...(withoutLabels === undefined ? [] : [{ regex: withoutLabels, action: 'labeldrop' }]),
  ]
  return rules.length > 0 && { metric_relabel_configs: rules }
}

/** The file that a `file` discovery reads. */
export function renderTargets(targets: readonly ScrapeTarget[]): string {
  const groups = targets.map(({ address, role, instance }) => ({ targets: [address], labels: { role, instance } }))
  return `${JSON.stringify(groups, null, 2)}\n`
}
