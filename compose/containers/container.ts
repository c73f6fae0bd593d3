/**
 * Makes and starts containers with testcontainers. Its reaper (Ryuk) is left out: that is a container of an image that
 * only a registry has, given the daemon's socket; the session's own label and the sweep of the next lab do its work.
 */
import type Dockerode from 'dockerode'
import type { GenericContainer } from 'testcontainers'
import type { Daemon } from '../docker/daemon.ts'

export interface ContainerSpec {
  readonly name: string
  readonly image: string
  readonly user: string
  readonly labels: Readonly<Record<string, string>>
  readonly environment: Readonly<Record<string, string>>
  readonly command: readonly string[] | undefined
  readonly files: Readonly<Record<string, string>>
  readonly volume: { readonly name: string; readonly path: string } | null
  /** Paths of memory file systems. */
  readonly scratch: readonly string[]
  readonly port: { readonly inside: number; readonly published: number }
  readonly memoryBytes: number
  /** As `0,2-3`. */
  readonly cores: string | undefined
}

export interface ContainerHooks {
  /** Before its first process runs. */
  readonly created: (container: Dockerode.Container) => Promise<void>
  /** It runs. A rejection ends and removes it. */
  readonly ready: () => Promise<void>
}

/** Rejects with the daemon's error or that of a hook. */
export async function startContainer(daemon: Daemon, spec: ContainerSpec, hooks: ContainerHooks): Promise<void> {
  const made = await containerOf(daemon, spec, hooks)
  await made.start()
}

async function containerOf(daemon: Daemon, spec: ContainerSpec, hooks: ContainerHooks): Promise<GenericContainer> {
  const { GenericContainer, PullPolicy } = await connected(daemon)
  class LabContainer extends GenericContainer {
    /** What the library has no words for. */
    protected override async beforeContainerCreated(): Promise<void> {
      const { inside, published } = spec.port
      this.hostConfig.PortBindings = { [`${inside}/tcp`]: [{ HostIp: '127.0.0.1', HostPort: `${published}` }] }
      this.hostConfig.Memory = spec.memoryBytes
      this.hostConfig.MemorySwap = spec.memoryBytes
      // Its output goes to the run's folder; a copy of the daemon's would be written to disk for nobody.
      this.hostConfig.LogConfig = { Type: 'none', Config: {} }
      if (spec.cores !== undefined) this.hostConfig.CpusetCpus = spec.cores
      // An image may bring a health check: who waits for the engine itself needs none, and each costs the engine CPU.
      this.createOpts.Healthcheck = { Test: ['NONE'] }
    }

    protected override containerCreated(id: string): Promise<void> {
      return hooks.created(daemon.api.getContainer(id))
    }
  }
  const container = new LabContainer(spec.image)
    .withPullPolicy(PullPolicy.neverPull())
    .withAutoCleanup(false)
    .withName(spec.name)
    .withUser(spec.user)
    .withLabels({ ...spec.labels })
    .withEnvironment({ ...spec.environment })
    .withExposedPorts({ container: spec.port.inside, host: spec.port.published })
    .withTmpFs(Object.fromEntries(spec.scratch.map((path) => [path, 'mode=1777'])))
    .withDroppedCapabilities('ALL')
    .withSecurityOpt('no-new-privileges')
    .withCopyContentToContainer(
      // To be rewritten by an entry script of another user; the container is nobody else's.
      Object.entries(spec.files).map(([target, content]) => ({ target, content, mode: 0o666 })),
    )
    .withWaitStrategy(strategyOf(hooks.ready))
  if (spec.volume !== null) container.withBindMounts([{ source: spec.volume.name, target: spec.volume.path }])
  if (spec.command !== undefined) container.withCommand([...spec.command])
  return container
}

/** The time-out is the hook's own. */
function strategyOf(ready: () => Promise<void>) {
  const strategy = {
    waitUntilReady: ready,
    withStartupTimeout: () => strategy,
    isStartupTimeoutSet: () => true,
    getStartupTimeout: () => 0,
  }
  return strategy
}

/** One process talks to one daemon: the library keeps its connection. */
let library: ReturnType<typeof connect> | undefined

function connected(daemon: Daemon): ReturnType<typeof connect> {
  library ??= connect(daemon).catch((error) => {
    library = undefined
    throw error
  })
  return library
}

/**
 * The library, on the daemon that was found. It looks into variables of the process, once, when it connects; with the
 * second it starts no container of its own to find out where it is.
 */
async function connect(daemon: Daemon) {
  // Loaded when it is needed: a run without containers should not wait for it.
  const loaded = await import('testcontainers')
  const { DOCKER_HOST, TESTCONTAINERS_HOST_OVERRIDE } = process.env
  Object.assign(process.env, { DOCKER_HOST: daemon.host, TESTCONTAINERS_HOST_OVERRIDE: '127.0.0.1' })
  try {
    await loaded.getContainerRuntimeClient()
  } finally {
    restore({ DOCKER_HOST, TESTCONTAINERS_HOST_OVERRIDE })
  }
  return loaded
}

function restore(variables: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
}
