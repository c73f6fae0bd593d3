/** The containers of one session: made from the stack's images, reached on loopback, taken away with the session. */
import { randomBytes } from 'node:crypto'
import type Dockerode from 'dockerode'
import {
  type ComponentName,
  type ContainerChoice,
  EnvironmentError,
  type RunningComponent,
  type RunningProcess,
  type SessionOptions,
} from '../component.ts'
import type { Launched } from '../components/driver.ts'
import { type Daemon, openDaemon } from '../docker/daemon.ts'
import { EngineVolume } from '../docker/volume.ts'
import { ensureImage } from '../images/ensure.ts'
import type { ReadyImage } from '../images/image.ts'
import { IMAGES } from '../images/index.ts'
import type { Accounting } from '../native/accounting.ts'
import { freePorts } from '../native/ports.ts'
import type { SessionRegistry } from '../native/registry.ts'
import { becomeReady } from '../native/spawn.ts'
import type { ProvisionContext } from '../provision/context.ts'
import { EngineMeter } from '../swarm/engine.ts'
import { engineGroup } from '../swarm/usage.ts'
import { type ContainerSpec, startContainer } from './container.ts'
import { RECIPES } from './index.ts'
import { isOfThisMachine, meterOf } from './meter.ts'
import { notStarted, onThisMachine } from './obstacles.ts'
import { ContainerProcess } from './process.ts'
import type { ContainerRecipe, ContainerSetup } from './recipe.ts'
import { labelsOf, removeSession } from './remove.ts'

/** Somebody may take a free port before the daemon does. */
const START_TRIES = 3

export interface ContainerStage extends ProvisionContext {
  readonly registry: SessionRegistry
  readonly accounting: Accounting
  readonly logDir: string
  readonly coresOf: SessionOptions['coresOf']
  /** Grows as secrets are made. */
  readonly secrets: string[]
  /** Told of each start. */
  readonly started: (process: RunningProcess) => void
}

/** What stays the same over the restarts of one container. */
interface Contained {
  readonly name: ComponentName
  readonly recipe: ContainerRecipe
  readonly image: ReadyImage
  readonly port: number
  readonly setup: ContainerSetup
  readonly daemon: Daemon
}

export class ContainerRuntime {
  readonly #choice: ContainerChoice
  readonly #stage: ContainerStage
  readonly #engine = new EngineMeter([])
  #daemon: Promise<Daemon> | undefined
  #counted = false

  constructor(choice: ContainerChoice, stage: ContainerStage) {
    this.#choice = choice
    this.#stage = stage
  }

  /**
   * An image that can be started here. Where containers are taken if possible, nothing is built that was not asked for:
   * a native component is there sooner. Rejects with an EnvironmentError: no daemon, not of this machine, no image.
   */
  async prepare(name: ComponentName): Promise<ReadyImage> {
    const { when, images } = this.#choice
    const source = when === 'possible' && images === 'auto' ? 'official' : images
    return ensureImage(IMAGES[RECIPES[name].image], { ...this.#stage, daemon: await this.#open(), source })
  }

  /** Rejects with ENV-START, ENV-PORT, ENV-DISK or the signal's reason; no container of it is left then. */
  async start(name: ComponentName, image: ReadyImage): Promise<Launched> {
    const daemon = await this.#open()
    const recipe = RECIPES[name]
    const password = randomBytes(18).toString('hex')
    this.#stage.secrets.push(password)
    this.#stage.onProgress({ component: name, step: `starting a container of ${image.reference}` })
    for (let attempt = 1; ; attempt += 1) {
      const [port = 0] = await freePorts(1)
      const contained = { name, recipe, image, port, daemon, setup: recipe.setUp({ image, port, password }) }
      try {
        return await this.#create(contained)
      } catch (error) {
        const portTaken = error instanceof EnvironmentError && error.code === 'ENV-PORT'
        if (!portTaken || attempt === START_TRIES) throw error
      }
    }
  }

  /** Takes away what is left of this session. Rejects when the daemon does not answer. */
  async close(): Promise<void> {
    const daemon = await this.#daemon?.catch(() => undefined)
    if (daemon) await removeSession(daemon, this.#stage.registry.id)
  }

  #open(): Promise<Daemon> {
    this.#daemon ??= this.#openOnce()
    return this.#daemon
  }

  async #openOnce(): Promise<Daemon> {
    const daemon = onThisMachine(await openDaemon(this.#stage.env))
    await this.#stage.registry.addDaemon(daemon.host)
    return daemon
  }

  async #create(contained: Contained): Promise<Launched> {
    const { name, daemon } = contained
    let identity: RunningComponent['identity'] | undefined
    const made = Promise.withResolvers<{ container: Dockerode.Container; process: ContainerProcess }>()
    const created = async (container: Dockerode.Container) => {
      made.resolve({ container, process: await this.#watch(container, name) })
    }
    const ready = async () => {
      const { container, process } = await made.promise
      identity = await this.#begin(contained, container, process)
    }
    const start = startContainer(daemon, await this.#specOf(contained), { created, ready })
    start.catch(made.reject)
    try {
      const { process } = await made.promise
      await Promise.race([start, this.#ended(process, () => identity !== undefined)])
    } catch (error) {
      const container = await made.promise.then(({ container }) => container).catch(() => undefined)
      await container?.remove({ force: true, v: true }).catch(() => undefined)
      await start.catch(() => undefined)
      this.#stage.signal.throwIfAborted()
      throw notStarted(name, error)
    }
    const { container, process } = await made.promise
    return this.#launched(contained, container, process, identity!)
  }

  /**
   * Rejects when it ends before it is ready, with its last log lines: the library would wait for ports of what is gone.
   * Says nothing of a later end: the container may run again by then.
   */
  async #ended(process: ContainerProcess, isReady: () => boolean): Promise<void> {
    await process.exited
    const forever = () => new Promise<void>(() => undefined)
    if (isReady()) return forever()
    return becomeReady(process, { ready: forever }, this.#stage.signal)
  }

  async #restart(contained: Contained, container: Dockerode.Container, before: ContainerProcess): Promise<Launched> {
    await before.stop()
    const process = await this.#watch(container, contained.name)
    try {
      await container.start()
    } catch (error) {
      throw notStarted(contained.name, error)
    }
    const identity = await this.#begin(contained, container, process)
    return this.#launched(contained, container, process, identity)
  }

  async #watch(container: Dockerode.Container, name: ComponentName): Promise<ContainerProcess> {
    const { logDir, secrets } = this.#stage
    return ContainerProcess.watch(container, { name, logDir, secrets: () => secrets })
  }

  /** From its start to its readiness. */
  async #begin(contained: Contained, container: Dockerode.Container, process: ContainerProcess) {
    const { name, recipe, setup } = contained
    const { accounting, started, signal } = this.#stage
    await process.started()
    started(process)
    accounting.addMeter(name, meterOf(container, process.pid))
    this.#countEngine(container.id, process.pid, contained)
    let identity: RunningComponent['identity'] | undefined
    const ready = async (ofProcess: RunningProcess, aborted: AbortSignal) => {
      identity = await setup.ready(ofProcess, aborted)
    }
    await becomeReady(process, { ready, readyTimeoutMs: recipe.readyTimeoutMs }, signal)
    return identity!
  }

  /** What Docker itself uses is a group of its own: the traffic to a published port goes through its processes. */
  #countEngine(containerId: string, pid: number, { port, daemon }: Contained): void {
    if (!isOfThisMachine(containerId, pid)) return
    this.#engine.forwards(port)
    this.#engine.add(pid, daemon.host)
    if (this.#counted) return
    this.#counted = true
    this.#stage.accounting.addMeter(engineGroup, { read: () => this.#engine.read(), pids: () => [] })
  }

  /** Of a component's container and its volume. */
  #ownName(name: ComponentName): string {
    return `chat-lab-${name}-${this.#stage.registry.id}`
  }

  async #specOf({ name, recipe, image, port, setup, daemon }: Contained): Promise<ContainerSpec> {
    const { registry, coresOf } = this.#stage
    const labels = labelsOf(registry.id, name)
    const own = this.#ownName(name)
    const { facts } = image
    if (facts.dataPath !== null) await daemon.api.createVolume({ Name: own, Labels: labels })
    return {
      name: own,
      image: image.reference,
      user: facts.user,
      labels,
      environment: setup.environment,
      command: setup.command,
      files: setup.files ?? {},
      volume: facts.dataPath === null ? null : { name: own, path: facts.dataPath },
      scratch: facts.scratch,
      port: { inside: facts.ports[recipe.port]!, published: port },
      memoryBytes: recipe.memoryMiB * 2 ** 20,
      cores: coresOf?.(name),
    }
  }

  #launched(
    contained: Contained,
    container: Dockerode.Container,
    process: ContainerProcess,
    identity: RunningComponent['identity'],
  ): Launched {
    const { name, recipe, setup, image, daemon } = contained
    const component: RunningComponent = {
      name,
      url: setup.url,
      publicUrl: setup.publicUrl,
      identity,
      origin: 'container',
      image: { reference: image.reference, id: image.id, dockerVersion: daemon.version },
      processes: [process],
      memory: [...(setup.memory ?? []), { what: 'container', bytes: recipe.memoryMiB * 2 ** 20 }],
      volume: new EngineVolume({ daemon, name: this.#ownName(name), container: () => container.id, image }),
      ...(setup.figures && { figures: setup.figures }),
    }
    return { component, again: () => this.#restart(contained, container, process) }
  }
}
