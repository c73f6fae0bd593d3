/** What services use, summed over their containers on this machine, as counters that never go back. */
import type { ResourceSample } from '../component.ts'
import { type Accounts, accountsOf, usageOf } from './cgroup.ts'
import { EngineMeter } from './engine.ts'

type Usage = Omit<ResourceSample, 'atMs'>

/** The last known figures of one container: what it had used stays in its service's sum when it has ended. */
export class ContainerMeter {
  readonly #accounts: Accounts | null
  #usage: Usage = { cpuSeconds: 0, residentBytes: 0, readBytes: null, writtenBytes: null, writeCalls: null }

  constructor(pid: number) {
    this.#accounts = accountsOf(pid)
  }

  read(): Usage {
    const now = this.#accounts === null ? null : usageOf(this.#accounts)
    const before = this.#usage
    this.#usage =
      now === null
        ? { ...before, residentBytes: 0 }
        : {
            ...now,
            readBytes: atLeast(before.readBytes, now.readBytes),
            writtenBytes: atLeast(before.writtenBytes, now.writtenBytes),
            writeCalls: atLeast(before.writeCalls, now.writeCalls),
          }
    return this.#usage
  }
}

const atLeast = (a: number | null, b: number | null) => (a === null || b === null ? (b ?? a) : Math.max(a, b))
const plus = (a: number | null, b: number | null) => (a === null || b === null ? null : a + b)

function sum(usages: readonly Usage[]): Usage {
  return usages.reduce((total, usage) => ({
    cpuSeconds: total.cpuSeconds + usage.cpuSeconds,
    residentBytes: total.residentBytes + usage.residentBytes,
    readBytes: plus(total.readBytes, usage.readBytes),
    writtenBytes: plus(total.writtenBytes, usage.writtenBytes),
    writeCalls: plus(total.writeCalls, usage.writeCalls),
  }))
}

/** Name under which Docker's own processes are counted. */
export const engineGroup = 'docker'

export class ServiceAccounting {
  readonly #services = new Map<string, Map<string, ContainerMeter>>()
  readonly #engine: EngineMeter

  readonly #daemonHost: string

  /** `publishedPorts` tell this stack's forwarders from those of other containers. */
  constructor(publishedPorts: readonly number[], daemonHost: string) {
    this.#daemonHost = daemonHost
    this.#engine = new EngineMeter(publishedPorts)
  }

  /** `pid` is of the container's first process; a container is counted once. */
  add(service: string, containerId: string, pid: number): void {
    const meters = this.#services.get(service) ?? new Map<string, ContainerMeter>()
    if (meters.has(containerId)) return
    meters.set(containerId, new ContainerMeter(pid))
    this.#services.set(service, meters)
    this.#engine.add(pid, this.#daemonHost)
  }

  /** By service, and Docker's own processes as `docker`. */
  sample(): ReadonlyMap<string, ResourceSample> {
    const atMs = Date.now()
    const samples = new Map<string, ResourceSample>()
    for (const [service, meters] of this.#services)
      samples.set(service, { atMs, ...sum([...meters.values()].map((meter) => meter.read())) })
    return samples.set(engineGroup, { atMs, ...this.#engine.read() })
  }
}
