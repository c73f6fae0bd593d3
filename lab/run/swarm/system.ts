import type { RunningProcess } from '../../../compose/component.ts'
import { openDaemon } from '../../../compose/docker/daemon.ts'
import { EngineVolume } from '../../../compose/docker/volume.ts'
import { brokerNames } from '../../../compose/stack/services/kafka.ts'
import { stores } from '../../../compose/stack/services/stores.ts'
import { openCluster, type SwarmCluster } from '../../../compose/swarm/cluster.ts'
import type { SwarmContext } from '../../../compose/swarm/context.ts'
import { clusterOf, type PracticeCluster } from '../../../compose/swarm/nodes/cluster.ts'
import { removeStack } from '../../../compose/swarm/remove.ts'
import { setReplicas } from '../../../compose/swarm/scale.ts'
import { listServices, type Task } from '../../../compose/swarm/tasks.ts'
import { ServiceAccounting } from '../../../compose/swarm/usage.ts'
import { TaskWatch } from '../../../compose/swarm/watch.ts'
import type { Role } from '../../../system/editions/edition.ts'
import { needsRedis } from '../../../system/editions/index.ts'
import { logEnd } from '../../audit/log.ts'
import { openReader } from '../../audit/open.ts'
import type { MeasuredComponent } from '../../judge/resources.ts'
import { type StackEdition, servicesOf, stackEdition } from '../../stack/chat.ts'
import type { LaunchedStack } from '../../stack/launch.ts'
import type { SystemIdentity } from '../reference/identity.ts'
import { MarkFeed } from '../reference/marks.ts'
import { SystemMeter } from '../reference/meter.ts'
import { seedThrough } from '../reference/seed.ts'
import { engineFiles, volumeStorage } from '../reference/storage.ts'
import type { Crowd, FaultAction, FaultKind, RunningTarget, TargetSystem } from '../target.ts'
import { scaleService, updateService } from './changes.ts'
import { Door, untilNone } from './door.ts'
import { type Facts, factsOf } from './facts.ts'
import { killTask, pauseTask } from './faults.ts'
import { launchRun, type SwarmOptions } from './launch.ts'
import { saveLogs } from './logs.ts'
import { nameInRun, watchers } from './names.ts'
import { type LossOfNode, NodeLoss } from './nodes.ts'
import { Operations } from './operations.ts'
import { claimRunStack, releaseRunStack, runStack } from './place.ts'

/** One edition of the project's own chat as a stack of its own on Docker Swarm. */
export function swarmSystem(options: SwarmOptions): TargetSystem {
  return {
    backend: options.backend,
    start: async (watch) => {
      const daemon = await openDaemon(options.env)
      const cluster = await openCluster(daemon)
      const context = { daemon, env: options.env, signal: options.signal, onProgress: options.onProgress }
      // What has been started is taken away whatever aborts the run.
      const lasting = { ...context, signal: new AbortController().signal }
      await claimRunStack(context)
      try {
        const { launched, scraped } = await launchRun(options, cluster, context)
        const practice = await clusterOf(daemon.host, lasting)
        const running = new RunningSwarm(options, launched, { cluster, practice, scraped }, lasting)
        await running.begin(watch)
        return running
      } catch (error) {
        await saveLogs(runStack, options.logDir, lasting)
        await removeStack(runStack, lasting).finally(() => releaseRunStack(options.env))
        throw error
      }
    },
  }
}

interface Where {
  readonly cluster: SwarmCluster
  readonly practice: PracticeCluster | null
  readonly scraped: RunningTarget['scraped']
}

class RunningSwarm implements RunningTarget {
  readonly gateways: readonly string[]
  readonly api: string
  readonly storedMarks: RunningTarget['storedMarks']
  readonly scraped: RunningTarget['scraped']
  readonly #options: SwarmOptions
  readonly #edition: StackEdition
  readonly #launched: LaunchedStack
  readonly #cluster: SwarmCluster
  readonly #practice: PracticeCluster | null
  #nodes: NodeLoss | null = null
  readonly #context: SwarmContext
  readonly #operations: Operations
  readonly #accounting: ServiceAccounting
  readonly #door: Door
  readonly #meter: SystemMeter
  readonly #feeds = new Map<string, MarkFeed>()
  #watch!: TaskWatch
  storage: RunningTarget['storage']
  #facts!: Facts
  #logsSaved: Promise<void> | null = null

  constructor(options: SwarmOptions, launched: LaunchedStack, where: Where, context: SwarmContext) {
    const { ports, secrets, addresses } = launched
    const { cluster, practice } = where
    this.scraped = where.scraped
    this.#options = options
    this.#edition = stackEdition(options.backend, options)
    this.#launched = launched
    this.#cluster = cluster
    this.#practice = practice
    this.#context = context
    this.#operations = new Operations(addresses.operations, secrets.internalToken)
    this.#accounting = new ServiceAccounting([ports.public, ports.operations], context.daemon.host)
    this.#door = new Door(launched.name, ports, context)
    this.#meter = new SystemMeter(this.#edition.pipeline, () => this.#scrape())
    this.gateways = [addresses.socket]
    this.api = addresses.api
    this.storedMarks = () => this.#marks()
  }

  async begin(watch: (process: RunningProcess) => void): Promise<void> {
    this.#watch = new TaskWatch(this.#launched.name, this.#context, (process, task) => {
      // Who watches may end without the run being any worse for it.
      if (!watchers.has(task.service)) watch(process)
      const pid = this.#pidHere(task)
      if (pid !== null) this.#accounting.add(nameInRun(task.service), task.containerId, pid)
    })
    if (this.#practice !== null)
      this.#nodes = new NodeLoss(this.#launched.name, this.#practice, this.#watch, this.#context, this.#copies)
    await this.#watch.start()
    const answer = await this.#operations.get(this.#one(this.#serviceOf('gateway')), '/identity', 5_000)
    if (!answer.ok) throw new Error(`GET /identity answered ${answer.status}: ${await answer.text()}`)
    this.#facts = factsOf({
      edition: this.#edition,
      backend: this.#options.backend,
      launched: this.#launched,
      identity: (await answer.json()) as SystemIdentity,
      docker: this.#context.daemon.version,
      roles: this.#roleServices(),
      brokers: this.#brokers,
      serving: (service) => this.#watch.serving(service),
      isHere: (task) => this.#pidHere(task) !== null,
    })
    this.storage = this.#storage()
  }

  #storage(): RunningTarget['storage'] {
    const { backend } = this.#options
    const { name, spec, images } = this.#launched
    if (this.#one(backend).nodeId !== this.#cluster.nodeId)
      return { obstacle: 'its volume is on another node than the daemon that was asked' }
    const volume = new EngineVolume({
      daemon: this.#context.daemon,
      name: `${name}_${spec.services[backend]!.volumes[0]!.source}`,
      container: () => this.#one(backend).containerId,
      image: images.get(backend)!,
    })
    return volumeStorage(volume, engineFiles[backend], backend, this.#storeUrl)
  }

  /** Null where the kernel that accounts for a task is another machine's. */
  #pidHere({ nodeId, containerId, pid }: Task): number | null {
    if (this.#practice === null) return nodeId === this.#cluster.nodeId ? pid : null
    const node = this.#cluster.nodes.find(({ id }) => id === nodeId)
    return node === undefined ? null : this.#practice.pidOf(node.hostname, containerId)
  }

  get description(): RunningTarget['description'] {
    return this.#facts.description
  }

  get versions(): RunningTarget['versions'] {
    return this.#facts.versions
  }

  get components(): readonly MeasuredComponent[] {
    return this.#facts.components
  }

  usage() {
    return this.#accounting.sample()
  }

  seed(crowd: Crowd) {
    return seedThrough((path, body) => this.#operations.post(this.#one(this.#serviceOf('api')), path, body), crowd)
  }

  backlog(): Promise<number | null> {
    return this.#meter.backlog()
  }

  async eventLoopP99Us(): Promise<number | null> {
    return this.#meter.eventLoopP99Us()
  }

  fault(kind: FaultKind, amount = this.#options.gateways): FaultAction | null {
    const here = (service: string) => () =>
      this.#watch.serving(service).filter(({ nodeId }) => nodeId === this.#cluster.nodeId)
    const kill = (service: string) => killTask(this.#launched.name, service, here(service), this.#watch, this.#context)
    if (kind === 'kill-gateway') return kill(this.#serviceOf('gateway'))
    if (kind === 'kill-persister') return kill(this.#serviceOf('persister'))
    if (kind === 'kill-kafka') return kill(this.#brokers.find((name) => here(name)().length > 0) ?? this.#brokers[0]!)
    if (kind === 'kill-redis') return needsRedis(this.#edition) ? kill('redis') : null
    if (kind === 'kill-edge') return kill('edge')
    if (kind === 'kill-node') return this.#loseNode('kill')
    if (kind === 'cut-node') return this.#loseNode('cut')
    if (kind === 'leave-node') return this.#loseNode('leave')
    const gateways = { stack: this.#launched.name, service: this.#serviceOf('gateway') }
    if (kind === 'rolling-update') return updateService(gateways, this.#context)
    if (kind === 'scale-gateways') return scaleService(gateways, amount, this.#context)
    return pauseTask(here(this.#options.backend), this.#context)
  }

  /** Null where the nodes are not of a practice cluster. */
  #loseNode(way: LossOfNode): FaultAction | null {
    return this.#nodes?.action(way, this.#serviceOf('gateway')) ?? null
  }

  async quiesce(): Promise<void> {
    // What ends there has to be seen to end.
    await this.#nodes?.restore()
    await this.#saveLogs()
    const gateway = this.#serviceOf('gateway')
    await this.#end([gateway])
    await this.#end(this.#roleServices().filter((name) => name !== gateway))
  }

  async openAudit() {
    await this.#door.open()
    return openReader(this.#edition.store, this.#storeUrl)
  }

  async logged(): Promise<number> {
    await this.#door.open()
    return logEnd(this.#door.logs, '')
  }

  async close(): Promise<void> {
    this.#watch.close()
    await this.#nodes?.restore()
    await this.#saveLogs()
    await removeStack(this.#launched.name, this.#context)
    await releaseRunStack(this.#options.env)
  }

  get #storeUrl(): string {
    return stores[this.#options.backend].url(this.#door.store, this.#launched.secrets.storePassword)
  }

  /** Services that can do without one of theirs, each with a volume on its node. */
  get #copies(): string[] {
    return this.#options.brokers === 1 ? [] : this.#brokers
  }

  get #brokers(): string[] {
    return brokerNames(this.#options.brokers)
  }

  #roleServices(): string[] {
    return this.#services().map(({ name }) => name)
  }

  #services() {
    return servicesOf(this.#edition, this.#options.gateways, this.#cluster.nodes.length)
  }

  #serviceOf(role: Role): string {
    return this.#services().find(({ roles }) => roles.includes(role))!.name
  }

  #one(service: string): Task {
    const [task] = this.#watch.serving(service)
    if (task === undefined) throw new Error(`no task of ${service} serves now`)
    return task
  }

  #scrape(): Promise<readonly (string | null)[]> {
    const tasks = this.#roleServices().flatMap((name) => this.#watch.serving(name))
    return Promise.all(tasks.map((task) => this.#operations.metrics(task)))
  }

  /** One feed a task: a task that is started again is another one. */
  async #marks() {
    const tasks = this.#watch.serving(this.#serviceOf('persister'))
    const fetched = tasks.map((task) => {
      const source = { incarnation: task.id, get: (path: string) => this.#operations.get(task, path) }
      const feed = this.#feeds.get(task.id) ?? new MarkFeed(() => source)
      this.#feeds.set(task.id, feed)
      return feed.fetch()
    })
    return (await Promise.all(fetched)).flat()
  }

  /** Once: the Swarm forgets what a task said when the task goes. */
  #saveLogs(): Promise<void> {
    this.#logsSaved ??= saveLogs(this.#launched.name, this.#options.logDir, this.#context)
    return this.#logsSaved
  }

  async #end(names: readonly string[]): Promise<void> {
    const services = await listServices(this.#context.daemon, this.#launched.name)
    for (const { id, name } of services) if (names.includes(name)) await setReplicas(this.#context.daemon, id, 0)
    await untilNone(this.#launched.name, names, this.#context)
  }
}
