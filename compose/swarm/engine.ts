/** What Docker itself uses for a stack: the daemon, who keeps its containers, and who forwards its ports. */
import type { ResourceSample } from '../component.ts'
import { daemonPid } from '../docker/pid.ts'
import { allProcesses, commandOf, processMemory, processStat } from '../native/proc.ts'

interface Seen {
  readonly startTicks: number
  /** What it had used when it was first seen: for others, or before there was anybody to ask. */
  readonly beforeSeconds: number
  cpuSeconds: number
}

/** A container that ended is a child of who kept it, and counted already: so nobody's children are counted here. */
export class EngineMeter {
  readonly #forwarders: RegExp[] = []
  /** By pid; the CPU of those that ended stays in the sum. */
  readonly #seen = new Map<number, Seen>()
  #endedSeconds = 0

  constructor(publishedPorts: readonly number[]) {
    for (const port of publishedPorts) this.forwards(port)
  }

  /** Another published port that is ours. */
  forwards(port: number): void {
    this.#forwarders.push(new RegExp(`docker-proxy .*-host-port ${port}( |$)`))
  }

  /** Looks again who works for that daemon's containers of ours, as one has started. */
  add(containerPid: number, daemonHost: string): void {
    const shim = processStat(containerPid)?.parentPid ?? 0
    const all = allProcesses()
    const forwarders = all.filter(({ pid }) => this.#forwarders.some((form) => form.test(commandOf(pid))))
    const daemon = daemonPid(daemonHost, all)
    const keepers = all.filter(({ name, parentPid }) => parentPid === daemon && name === 'containerd')
    if (daemon !== null) this.#see(daemon)
    for (const pid of [shim, ...[...forwarders, ...keepers].map((process) => process.pid)]) this.#see(pid)
  }

  read(): Omit<ResourceSample, 'atMs'> {
    let residentBytes = 0
    for (const [pid, seen] of this.#seen) {
      const stat = processStat(pid)
      if (stat?.startTicks !== seen.startTicks) {
        this.#endedSeconds += seen.cpuSeconds
        this.#seen.delete(pid)
        continue
      }
      seen.cpuSeconds = stat.ownCpuSeconds - seen.beforeSeconds
      const memory = processMemory(pid)
      residentBytes += (memory?.privateBytes ?? 0) + (memory?.sharedBytes ?? 0)
    }
    const cpuSeconds = [...this.#seen.values()].reduce((sum, seen) => sum + seen.cpuSeconds, this.#endedSeconds)
    return { cpuSeconds, residentBytes, readBytes: null, writtenBytes: null, writeCalls: null }
  }

  #see(pid: number): void {
    const stat = pid > 1 ? processStat(pid) : null
    if (stat !== null && !this.#seen.has(pid))
      this.#seen.set(pid, { startTicks: stat.startTicks, beforeSeconds: stat.ownCpuSeconds, cpuSeconds: 0 })
  }
}
