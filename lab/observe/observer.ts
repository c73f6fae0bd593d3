import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { EngineFigures, ProcessExit, Session } from '../../compose/component.ts'
import { freeBytes } from '../../compose/provision/disk.ts'
import {
  type ObservedRun,
  renderTargets,
  type ScrapeJob,
  type ScrapeTarget,
} from '../../dashboards/prometheus/config.ts'
import { engineJob, type ScrapedEngine, scrapedEngines } from '../../dashboards/prometheus/engines.ts'
import { federatedSeries } from '../../dashboards/prometheus/federated.ts'
import { formatBytes } from '../../reports/format.ts'
import type { MeasuredComponent } from '../judge/resources.ts'
import type { Sample } from '../measure/samples.ts'
import type { TimelineSecond } from '../measure/timeline.ts'
import { type RunningExporter, startExporter } from './exporters.ts'
import { Exposition } from './exposition.ts'
import { tellLive, untellLive } from './live.ts'
import { missedScrapes, type RunningPrometheus, scrapedOnce, startPrometheus } from './prometheus.ts'
import { RunMetrics, type WatchedRun } from './runMetrics.ts'
import { keepFiles, keepSnapshot } from './snapshot.ts'

const rulesFile = fileURLToPath(new URL('../../dashboards/built/prometheus/rules.yml', import.meta.url))
const name = 'prometheus'
const federateJob = 'federate'
const lastScrapeMs = 3_000

export interface ObserverParts {
  readonly session: Session
  readonly observed: ObservedRun
  readonly watched: WatchedRun
  /** Where the data is kept at the end. */
  readonly runFolder: string
  readonly note: (text: string) => void
  /** Prometheus is gone in mid-run: never a reason to end the run. */
  readonly onLost: (how: string) => void
}

/** Watches one run with Prometheus, and leaves its data in the run folder. It disturbs no run: what fails is told. */
export class Observer {
  /** What watches: part of the resources, not of the chat. */
  readonly components: MeasuredComponent[]
  readonly #exporters: RunningExporter[] = []
  readonly #parts: ObserverParts
  readonly #page: Exposition
  readonly #metrics: RunMetrics
  readonly #prometheus: RunningPrometheus
  readonly #files: Files
  readonly #startUnixMs = Date.now()
  #lost = false
  #stopping = false
  #targets = ''
  /** Address of a Prometheus whose series are taken on. */
  #federated: string | null = null

  private constructor(parts: ObserverParts, page: Exposition, prometheus: RunningPrometheus, files: Files) {
    this.#parts = parts
    this.#page = page
    this.#prometheus = prometheus
    this.#files = files
    this.#metrics = new RunMetrics(page, parts.watched)
    this.components = [{ name, title: `Prometheus ${prometheus.version}`, measured: true }]
    void prometheus.process.exited.then((exit) => this.#ended(exit))
  }

  /** Rejects with an EnvironmentError where Prometheus cannot be had or does not start. */
  static async start(parts: ObserverParts): Promise<Observer> {
    const { session, observed } = parts
    const page = new Exposition()
    try {
      const address = await page.listen()
      const files = filesOf(session)
      await writeFile(files.targets, renderTargets([]))
      for (const engine of scrapedEngines) await writeFile(files.engine(engine), renderTargets([]))
      await writeFile(files.federated, renderTargets([]))
      await writeFile(files.lab, renderTargets([{ address, role: 'lab', instance: 'lab' }]))
      const jobs: ScrapeJob[] = [
        { name: 'chat', discovery: { kind: 'file', files: [files.targets] }, native: true },
        ...scrapedEngines.map((engine) => engineJob(engine, { kind: 'file', files: [files.engine(engine)] })),
        { name: 'lab', discovery: { kind: 'file', files: [files.lab] } },
        { name: federateJob, discovery: { kind: 'file', files: [files.federated] }, federate: federatedSeries },
      ]
      const prometheus = await startPrometheus(session, name, { observed, jobs, rulesFile, tsdb: files.tsdb })
      const { run, backend } = observed
      await tellLive(parts.runFolder, { run, backend, startUnixMs: Date.now(), url: prometheus.url })
      return new Observer(parts, page, prometheus, files)
    } catch (error) {
      await page.close()
      throw error
    }
  }

  /**
   * Where the system's processes are scraped; to be told again when one has started anew. Never rejects: what could not
   * be written is tried again with the next call.
   */
  async follow(targets: readonly ScrapeTarget[]): Promise<void> {
    const text = renderTargets(targets)
    if (text === this.#targets) return
    try {
      // Prometheus watches the file: it must never see half of it.
      await writeFile(`${this.#files.targets}.new`, text)
      await rename(`${this.#files.targets}.new`, this.#files.targets)
      this.#targets = text
    } catch {
      // The disk is full or the session is being closed: both are told elsewhere.
    }
  }

  /** Has the engines' own figures scraped. Resolves to what is left out, a sentence each with the reason. */
  async exportEngines(engines: readonly EngineFigures[]): Promise<string[]> {
    const leftOut: string[] = []
    for (const figures of engines) {
      const { engine } = figures
      try {
        const address = await this.#pageOf(figures)
        await writeFile(this.#files.engine(engine), renderTargets([{ address, role: engine, instance: engine }]))
      } catch (error) {
        leftOut.push(`${engine} was watched from outside only: ${(error as Error).message}`)
      }
    }
    return leftOut
  }

  async #pageOf(figures: EngineFigures): Promise<string> {
    if ('page' in figures) return figures.page
    if ('missing' in figures) throw new Error(figures.missing)
    const exporter = await startExporter(this.#parts.session, figures.engine, figures.url)
    this.#exporters.push(exporter)
    this.components.push(exporter.component)
    return exporter.address
  }

  /** Takes on what a Prometheus beside the target scrapes: its address, `http://host:port`. */
  async federate(url: string): Promise<void> {
    this.#federated = url
    const target = { address: new URL(url).host, role: 'prometheus', instance: federateJob }
    await writeFile(this.#files.federated, renderTargets([target]))
  }

  second(line: TimelineSecond): void {
    this.#metrics.second(line)
  }

  async sample(sample: Sample): Promise<void> {
    this.#metrics.sample(sample)
    this.#metrics.diskFree(await freeBytes(this.#parts.runFolder))
  }

  /** Keeps the data and ends Prometheus. Resolves to what went wrong, or null. */
  async finish(): Promise<string | null> {
    this.#stopping = true
    const { observed, runFolder, note } = this.#parts
    const missed = this.#lost ? null : await this.#lastFigures().catch(() => null)
    const facts = {
      run: observed.run,
      backend: observed.backend,
      startUnixMs: this.#startUnixMs,
      endUnixMs: Date.now(),
      version: this.#prometheus.version,
    }
    const { tsdb } = this.#files
    try {
      const { bytes } = this.#lost
        ? await keepFiles(tsdb, runFolder, facts)
        : await keepSnapshot(this.#prometheus, tsdb, runFolder, facts)
      note(`kept the metrics of the run: ${formatBytes(bytes)} in prometheus/ of its folder`)
      return missed
    } catch (error) {
      return `the metrics of the run were not kept: ${(error as Error).message}`
    } finally {
      await this.close()
    }
  }

  /** What was told since the last scrape, first to those it comes from. Resolves to what is missing before it, or null. */
  async #lastFigures(): Promise<string | null> {
    if (this.#federated !== null) await scrapedOnce(this.#federated, lastScrapeMs)
    await scrapedOnce(this.#prometheus.url, lastScrapeMs)
    if (this.#federated === null) return null
    const missed = await missedScrapes(this.#prometheus.url, federateJob)
    return missed === 0 ? null : `the metrics of the target's processes have gaps: ${missed} s were not to be had`
  }

  /** Ends it without keeping anything; safe after `finish`. */
  async close(): Promise<void> {
    this.#stopping = true
    await untellLive(this.#parts.runFolder)
    await Promise.all([this.#prometheus, ...this.#exporters].map(({ process }) => process.stop(5_000)))
    await this.#page.close()
  }

  #ended({ code, signal }: ProcessExit): void {
    if (this.#stopping) return
    this.#lost = true
    this.#parts.onLost(signal === null ? `exit code ${code}` : `signal ${signal}`)
  }
}

interface Files {
  readonly tsdb: string
  readonly targets: string
  readonly lab: string
  /** Where an engine's figures are, once that is known. */
  readonly engine: (name: ScrapedEngine) => string
  readonly federated: string
}

const filesOf = ({ dataDir }: Session): Files => ({
  tsdb: join(dataDir, 'prometheus-tsdb'),
  targets: join(dataDir, 'scraped-chat.json'),
  lab: join(dataDir, 'scraped-lab.json'),
  engine: (name) => join(dataDir, `scraped-${name}.json`),
  federated: join(dataDir, 'federated.json'),
})
