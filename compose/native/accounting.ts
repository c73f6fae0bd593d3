/** Sums `/proc` figures over the processes of a group, as counters that never go back, and notes their cores. */
import { cpus } from 'node:os'
import type { MachineSample, ResourceSample } from '../component.ts'
import {
  coresOf,
  descendants,
  familyForSampling,
  isRunning,
  machineCpu,
  processIo,
  processMemory,
  processStat,
} from './proc.ts'

/** A process that is counted into a group. */
export interface Counted {
  readonly pid: number
  readonly startTicks: number
}

export type Usage = Omit<ResourceSample, 'atMs'>

/** What is counted into a group: a process tree, or a container. */
export interface Meter {
  /** Counters that never go back; those of what has ended stay. */
  read(): Usage
  /** Processes whose cores are to be noted: as `read` last saw them, or as they are now. */
  pids(when: 'last read' | 'now'): readonly number[]
}

const NOTHING: Usage = { cpuSeconds: 0, residentBytes: 0, readBytes: 0, writtenBytes: 0, writeCalls: 0 }

const plus = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a + b)
const atLeast = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.max(a, b)

const sum = (a: Usage, b: Usage): Usage => ({
  cpuSeconds: a.cpuSeconds + b.cpuSeconds,
  residentBytes: a.residentBytes + b.residentBytes,
  readBytes: plus(a.readBytes, b.readBytes),
  writtenBytes: plus(a.writtenBytes, b.writtenBytes),
  writeCalls: plus(a.writeCalls, b.writeCalls),
})

/**
 * What a process and its living children used so far, null when it has ended. The kernel adds the CPU time and I/O of
 * children that ended and were waited for to their parent, so nothing is missed and nothing counted twice.
 */
function familyUsage(family: readonly number[]): Usage | null {
  if (family.length === 0) return null
  const memory = family.map(processMemory)
  const io = family.map(processIo)
  return {
    cpuSeconds: family.reduce((seconds, pid) => seconds + (processStat(pid)?.cpuSeconds ?? 0), 0),
    // Children share most shared pages with their parent (PostgreSQL's buffers): count only the largest share.
    residentBytes:
      memory.reduce((bytes, each) => bytes + (each?.privateBytes ?? 0), 0) +
      Math.max(...memory.map((each) => each?.sharedBytes ?? 0)),
    readBytes: io[0] ? io.reduce((bytes, each) => bytes + (each?.readBytes ?? 0), 0) : null,
    writtenBytes: io[0] ? io.reduce((bytes, each) => bytes + (each?.writtenBytes ?? 0), 0) : null,
    writeCalls: io[0] ? io.reduce((calls, each) => calls + (each?.writeCalls ?? 0), 0) : null,
  }
}

/** The last known figures of one process tree. */
class ProcessMeter implements Meter {
  readonly root: Counted
  /** What it was last seen to consist of; empty when it has ended. */
  #family: readonly number[] = []
  /** False while it may still be on its way to its program: until then its cores are not its own. */
  isReady = false
  #usage = { ...NOTHING, readBytes: null, writtenBytes: null, writeCalls: null } as Usage

  constructor(root: Counted) {
    this.root = root
  }

  read(): Usage {
    const { pid, startTicks } = this.root
    this.#family = processStat(pid)?.startTicks === startTicks ? familyForSampling(pid) : []
    const now = familyUsage(this.#family)
    this.#usage = {
      cpuSeconds: Math.max(this.#usage.cpuSeconds, now?.cpuSeconds ?? 0),
      residentBytes: now?.residentBytes ?? 0,
      readBytes: atLeast(this.#usage.readBytes, now?.readBytes ?? null),
      writtenBytes: atLeast(this.#usage.writtenBytes, now?.writtenBytes ?? null),
      writeCalls: atLeast(this.#usage.writeCalls, now?.writeCalls ?? null),
    }
    return this.#usage
  }

  pids(when: 'last read' | 'now'): readonly number[] {
    if (!this.isReady) return []
    if (when === 'last read') return this.#family
    const { pid, startTicks } = this.root
    return isRunning(pid, startTicks) ? descendants([pid]).map((each) => each.pid) : []
  }
}

/**
 * The resource figures of one run by group name (a component or a spawned process). A group's counters go on over a
 * restart: what an ended process had used stays in the sum, so a difference of two samples is always what was used.
 */
export class Accounting {
  readonly #groups = new Map<string, readonly Meter[]>()
  readonly #processes: ProcessMeter[] = []
  readonly #cores = new Map<string, Set<string>>()

  add(group: string, process: Counted): void {
    const meter = new ProcessMeter(process)
    this.#processes.push(meter)
    this.addMeter(group, meter)
  }

  addMeter(group: string, meter: Meter): void {
    this.#groups.set(group, [...(this.#groups.get(group) ?? []), meter])
  }

  /** From now on the process runs its own program, so what its cores are can be noted. */
  ready(process: Counted): void {
    for (const meter of this.#processes) if (meter.root === process) meter.isReady = true
  }

  /**
   * By group: every list of cores that one of its processes was seen to be allowed, in every sample so far and now,
   * children of any thread included. Those of ended processes stay. Empty without `/proc`.
   */
  cores(): ReadonlyMap<string, readonly string[]> {
    for (const [group, meters] of this.#groups) this.#note(group, meters, 'now')
    return new Map([...this.#cores].map(([group, lists]) => [group, [...lists].sort()]))
  }

  #note(group: string, meters: readonly Meter[], when: 'last read' | 'now'): void {
    const lists = this.#cores.get(group) ?? new Set()
    for (const pid of meters.flatMap((meter) => meter.pids(when))) {
      const list = coresOf(pid)
      if (list !== null) lists.add(list)
    }
    this.#cores.set(group, lists)
  }

  /** Costs about 50 microseconds a process. Without `/proc` all CPU and memory figures are 0, all I/O figures null. */
  sample(): { machine: MachineSample; processes: ReadonlyMap<string, ResourceSample> } {
    const processes = new Map<string, ResourceSample>()
    for (const [group, meters] of this.#groups) {
      const usage = meters.map((meter) => meter.read()).reduce(sum, NOTHING)
      processes.set(group, { atMs: Date.now(), ...usage })
      this.#note(group, meters, 'last read')
    }
    return { machine: machineSample(), processes }
  }
}

/** From `/proc/stat`, else from what the system tells Node (which knows no steal time). */
export function machineSample(): MachineSample {
  const fromProc = machineCpu()
  if (fromProc) return { atMs: Date.now(), ...fromProc }
  const busyMs = cpus().reduce((total, { times }) => total + times.user + times.nice + times.sys + times.irq, 0)
  return { atMs: Date.now(), busySeconds: busyMs / 1000, stealSeconds: 0 }
}
