/** What one container uses: from its cgroup where this machine is the daemon's, else as the daemon tells each second. */
import { readFileSync } from 'node:fs'
import type Dockerode from 'dockerode'
import type { Meter, Usage } from '../native/accounting.ts'
import { isRunning, processStat } from '../native/proc.ts'
import { type Accounts, accountsOf, pidsOf } from '../swarm/cgroup.ts'
import { ContainerMeter } from '../swarm/usage.ts'

const NOTHING: Usage = { cpuSeconds: 0, residentBytes: 0, readBytes: null, writtenBytes: null, writeCalls: null }

/** `pid` is of the container's first process. */
export function meterOf(container: Dockerode.Container, pid: number): Meter {
  const accounts = isOfThisMachine(container.id, pid) ? accountsOf(pid) : null
  return accounts === null ? new ToldMeter(container) : new ReadMeter(pid, accounts)
}

/** A daemon in a virtual machine counts pids of its own: one of ours may have the same by accident. */
export function isOfThisMachine(containerId: string, pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'latin1').includes(containerId)
  } catch {
    return false
  }
}

/** One start of a container: the next one has the same cgroup, with counters that begin anew. */
class ReadMeter implements Meter {
  readonly #pid: number
  readonly #startTicks: number
  readonly #accounts: Accounts
  readonly #meter: ContainerMeter
  #usage = NOTHING

  constructor(pid: number, accounts: Accounts) {
    this.#pid = pid
    this.#startTicks = processStat(pid)?.startTicks ?? 0
    this.#accounts = accounts
    this.#meter = new ContainerMeter(pid)
  }

  read(): Usage {
    this.#usage = this.#runs ? this.#meter.read() : { ...this.#usage, residentBytes: 0 }
    return this.#usage
  }

  pids(): readonly number[] {
    return this.#runs ? pidsOf(this.#accounts) : []
  }

  get #runs(): boolean {
    return isRunning(this.#pid, this.#startTicks)
  }
}

/** Up to a second old. No write calls: the daemon does not count them. */
class ToldMeter implements Meter {
  #usage = NOTHING

  constructor(container: Dockerode.Container) {
    void this.#follow(container).catch(() => undefined)
  }

  read(): Usage {
    return this.#usage
  }

  pids(): readonly number[] {
    return []
  }

  async #follow(container: Dockerode.Container): Promise<void> {
    const stream = (await container.stats({ stream: true })) as NodeJS.ReadableStream & { socket?: { unref(): void } }
    stream.socket?.unref()
    let pending = ''
    for await (const chunk of stream) {
      const lines = `${pending}${chunk}`.split('\n')
      pending = lines.pop() ?? ''
      for (const line of lines.filter(Boolean)) this.#usage = usageIn(JSON.parse(line), this.#usage)
    }
    this.#usage = { ...this.#usage, residentBytes: 0 }
  }
}

/** The part of the daemon's statistics (`GET /containers/<id>/stats`) that is used; all of it is absent at the end. */
export interface ToldStats {
  readonly cpu_stats?: { readonly cpu_usage?: { readonly total_usage?: number } }
  readonly memory_stats?: { readonly stats?: Readonly<Record<string, number>> }
  readonly blkio_stats?: {
    readonly io_service_bytes_recursive?: readonly { readonly op: string; readonly value: number }[] | null
  }
}

/** Counters never go back: what has ended reports zero. */
export function usageIn({ cpu_stats, memory_stats, blkio_stats }: ToldStats, before: Usage = NOTHING): Usage {
  const { total_rss, total_mapped_file, anon, file_mapped } = memory_stats?.stats ?? {}
  const blocks = blkio_stats?.io_service_bytes_recursive ?? []
  const bytes = (op: string) =>
    blocks.filter((each) => each.op.toLowerCase() === op).reduce((sum, { value }) => sum + value, 0)
  return {
    cpuSeconds: Math.max(before.cpuSeconds, (cpu_stats?.cpu_usage?.total_usage ?? 0) / 1e9),
    residentBytes: (anon ?? total_rss ?? 0) + (file_mapped ?? total_mapped_file ?? 0),
    readBytes: blocks.length === 0 ? before.readBytes : Math.max(before.readBytes ?? 0, bytes('read')),
    writtenBytes: blocks.length === 0 ? before.writtenBytes : Math.max(before.writtenBytes ?? 0, bytes('write')),
    writeCalls: null,
  }
}
