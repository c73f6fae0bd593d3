import { randomBytes } from 'node:crypto'
import type { RunningComponent, RunningProcess, Session } from '../../../compose/component.ts'
import type { ScrapeTarget } from '../../../dashboards/prometheus/config.ts'
import type { Edition, Role } from '../../../system/editions/edition.ts'
import { editions, editionWith } from '../../../system/editions/index.ts'
import { openReader } from '../../audit/open.ts'
import type { MeasuredComponent } from '../../judge/resources.ts'
import type { Crowd, FaultAction, FaultKind, RunningTarget, TargetSystem } from '../target.ts'
import { type Engines, engineComponents, imagesOf, leftoversOf, logEndOf, startEngines } from './engines.ts'
import { freeze, killEngine, killProcess, lockSqlite } from './faults.ts'
import { describeTarget, redisEngines, type SystemIdentity } from './identity.ts'
import { launches, type ReferenceOptions } from './launches.ts'
import { MarkFeed } from './marks.ts'
import { SystemMeter } from './meter.ts'
import { scrape } from './metrics.ts'
import { processMemory, SystemProcess } from './processes.ts'
import { seedThrough } from './seed.ts'
import { storageOf } from './storage.ts'

const marksTimeoutMs = 800

/** The project's own chat, one edition of it, as real processes on loopback. */
export function referenceSystem(session: Session, options: ReferenceOptions): TargetSystem {
  return {
    backend: options.backend,
    start: async (watch) => {
      const edition = editionWith(editions[options.backend], options)
      const engines = await startEngines(session, edition, options.runId)
      for (const component of [engines.kafka, engines.redis, engines.store]) component?.processes.forEach(watch)
      const internalToken = randomBytes(32).toString('hex')
      const processes = launches(edition, options, engines, internalToken).map(
        (launch) => new SystemProcess(session, launch, watch),
      )
      await Promise.all(processes.map((process) => process.start()))
      const identity = await askIdentity(processes[0]!.ready.internalUrl, internalToken)
      const logStart = engines.kafka === null ? null : await logEndOf(engines.kafka, engines.namespace)
      return new RunningReference(session, edition, engines, processes, identity, internalToken, watch, logStart)
    },
  }
}

async function askIdentity(internalUrl: string, token: string): Promise<SystemIdentity> {
  const answer = await fetch(`${internalUrl}/identity`, { headers: { authorization: `Bearer ${token}` } })
  if (!answer.ok) throw new Error(`GET /identity answered ${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as SystemIdentity
}

class RunningReference implements RunningTarget {
  readonly description: RunningTarget['description']
  readonly gateways: readonly string[]
  readonly api: string
  readonly components: readonly MeasuredComponent[]
  readonly versions: Readonly<Record<string, string>>
  readonly logged?: () => Promise<number>
  readonly engineFigures: NonNullable<RunningTarget['engineFigures']>
  readonly storage: RunningTarget['storage']
  readonly storedMarks?: RunningTarget['storedMarks']
  readonly #session: Session
  readonly #edition: Edition
  readonly #engines: Engines
  readonly #processes: readonly SystemProcess[]
  readonly #internalToken: string
  readonly #watch: (process: RunningProcess) => void
  readonly #meter: SystemMeter
  /** As they run now: a restart makes them others. */
  readonly #killable: Record<'kafka' | 'redis', RunningComponent | null>

  constructor(
    session: Session,
    edition: Edition,
    engines: Engines,
    processes: readonly SystemProcess[],
    identity: SystemIdentity,
    internalToken: string,
    watch: (process: RunningProcess) => void,
    logStart: number | null,
  ) {
    this.#session = session
    this.#edition = edition
    this.#engines = engines
    this.#processes = processes
    this.#internalToken = internalToken
    this.#watch = watch
    this.#killable = { kafka: engines.kafka, redis: engines.redis }
    this.#meter = new SystemMeter(edition.pipeline, () => this.#scrape())
    // On brokers that others use too the log is not empty when the run begins.
    if (logStart !== null)
      this.logged = async () => (await logEndOf(this.#killable.kafka!, engines.namespace)) - logStart
    this.storage = storageOf(
      session,
      edition,
      engines,
      processes.map(({ name }) => name),
    )
    this.engineFigures = [engines.kafka, engines.redis, engines.store].flatMap((engine) => engine?.figures ?? [])
    const persisters = this.#serving('persister').map((process) => new MarkFeed(() => this.#markSource(process)))
    if (persisters.length > 0)
      this.storedMarks = async () => (await Promise.all(persisters.map((feed) => feed.fetch()))).flat()
    this.description = describeTarget(
      edition.name,
      [engines.kafka, engines.redis, engines.store].some((component) => component?.origin === 'container')
        ? 'containers'
        : 'native',
      identity,
      processes.map((process) => process.name),
      { store: engines.store?.origin ?? 'embedded', log: engines.kafka?.origin ?? 'embedded' },
      engines.redis === null ? [] : redisEngines(edition, engines.redis),
    )
    this.gateways = this.#serving('gateway').flatMap(({ ready }) =>
      ready.publicUrls.map((url) => `${url.replace(/^http/, 'ws')}/ws`),
    )
    this.api = this.#serving('api')[0]!.ready.publicUrls[0]!
    this.components = [
      ...processes.map(({ name }) => ({ name, title: name, measured: true, memory: processMemory })),
      ...engineComponents(engines),
    ]
    this.versions = {
      ...Object.fromEntries(
        this.description.engines.map(({ role, engine }) => [role, `${engine.product} ${engine.version}`]),
      ),
      ...imagesOf(engines),
    }
  }

  #serving(role: Role): SystemProcess[] {
    return this.#processes.filter((process) => process.roles.includes(role))
  }

  seed(crowd: Crowd) {
    const { internalUrl } = this.#serving('api')[0]!.ready
    const headers = { 'content-type': 'application/json', ...this.#authorization }
    return seedThrough(
      (path, body) => fetch(`${internalUrl}${path}`, { method: 'POST', headers, body: JSON.stringify(body) }),
      crowd,
    )
  }

  get #authorization() {
    return { authorization: `Bearer ${this.#internalToken}` }
  }

  #markSource(process: SystemProcess) {
    const { running } = process
    if (running === null) return null
    const get = (path: string) =>
      fetch(`${process.ready.internalUrl}${path}`, {
        headers: this.#authorization,
        signal: AbortSignal.timeout(marksTimeoutMs),
      })
    return { incarnation: running, get }
  }

  #scrape(): Promise<readonly (string | null)[]> {
    const alive = this.#processes.filter((process) => process.running !== null)
    return Promise.all(alive.map((process) => scrape(process.ready.internalUrl)))
  }

  backlog(): Promise<number | null> {
    return this.#meter.backlog()
  }

  /** Of the metrics that `backlog` has just read. */
  async eventLoopP99Us(): Promise<number | null> {
    return this.#meter.eventLoopP99Us()
  }

  /** One that was killed stays among them: that it does not answer belongs to the run. */
  scrapeTargets(): ScrapeTarget[] {
    return this.#processes.map(({ name, roles, ready }) => ({
      address: new URL(ready.internalUrl).host,
      role: roles.join('+'),
      instance: name,
    }))
  }

  fault(kind: FaultKind): FaultAction | null {
    const { store, storeUrl } = this.#engines
    if (kind === 'kill-gateway') return killProcess(this.#serving('gateway')[0]!)
    if (kind === 'kill-persister') return this.#serving('persister').map(killProcess)[0] ?? null
    if (kind === 'kill-kafka') return this.#killed('kafka')
    if (kind === 'kill-redis') return this.#killed('redis')
    if (kind !== 'store-refuses') return null
    if (store === null) return lockSqlite(storeUrl.slice('sqlite:'.length))
    return store.origin === 'given' ? null : freeze(store)
  }

  /** Null for an engine that is not there, or not ours to kill. */
  #killed(name: 'kafka' | 'redis'): FaultAction | null {
    const current = this.#engines[name]
    if (current === null || current.origin === 'given') return null
    return killEngine(
      this.#session,
      name,
      () => this.#killable[name]!,
      (restarted) => {
        this.#killable[name] = restarted
        restarted.processes.forEach(this.#watch)
      },
    )
  }

  async quiesce(): Promise<void> {
    await Promise.all(this.#serving('gateway').map((process) => process.stop(15_000)))
    await Promise.all(this.#processes.map((process) => process.stop(15_000)))
  }

  async openAudit() {
    return openReader(this.#edition.store, this.#engines.storeUrl)
  }

  async close(): Promise<void> {
    const leftovers = leftoversOf(this.#edition, this.#engines)
    if (leftovers.length === 0) return
    // One that still runs would go on writing there.
    await Promise.all(this.#processes.map((process) => process.stop(5_000)))
    const removed = await Promise.allSettled(leftovers.map((remove) => remove()))
    const failed = removed.find((outcome) => outcome.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }
}
