/** Reads Linux `/proc`. Where there is none (other systems), every reader answers null or an empty list. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Linux reports CPU time to user space in ticks of 1/100 s on every architecture Node runs on (`man 5 proc`). */
const TICKS_PER_SECOND = 100
const PAGE_BYTES = 4096

/** One line of `/proc/<pid>/stat`. */
export interface ProcessStat {
  readonly pid: number
  /** Of the program, the first 15 bytes. */
  readonly name: string
  readonly state: string
  readonly parentPid: number
  /** User and system time of the process and of the children it has waited for, in seconds. */
  readonly cpuSeconds: number
  /** Without those children. */
  readonly ownCpuSeconds: number
  /** Clock ticks since boot: with the pid it names a process for good, also after the pid is used again. */
  readonly startTicks: number
}

export interface ProcessIo {
  readonly readBytes: number
  readonly writtenBytes: number
  /** System calls of the write family (`write`, `pwrite`, `writev`, ...), to files, pipes and sockets alike. */
  readonly writeCalls: number
}

/** Resident memory split into pages of the process alone and pages it may share (files, shared memory). */
export interface ProcessMemory {
  readonly privateBytes: number
  readonly sharedBytes: number
}

export interface MachineCpu {
  readonly busySeconds: number
  readonly stealSeconds: number
}

const read = (path: string): string | null => {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return null
  }
}

/** Null when the process is gone or the system has no `/proc`. A zombie is still there, with state `Z`. */
export function processStat(pid: number): ProcessStat | null {
  const text = read(`/proc/${pid}/stat`)
  if (text === null) return null
  // The command name stands in parentheses and may itself hold spaces and parentheses.
  const nameEnd = text.lastIndexOf(')')
  const fields = text.slice(nameEnd + 2).split(' ')
  const ticks = (index: number) => Number(fields[index])
  return {
    pid,
    name: text.slice(text.indexOf('(') + 1, nameEnd),
    state: fields[0] ?? '?',
    parentPid: ticks(1),
    ownCpuSeconds: (ticks(11) + ticks(12)) / TICKS_PER_SECOND,
    cpuSeconds: (ticks(11) + ticks(12) + ticks(13) + ticks(14)) / TICKS_PER_SECOND,
    startTicks: ticks(19),
  }
}

/** Whether exactly this process still runs; a zombie does not. */
export function isRunning(pid: number, startTicks: number): boolean {
  const stat = processStat(pid)
  return stat !== null && stat.startTicks === startTicks && stat.state !== 'Z' && stat.state !== 'X'
}

/** Bytes that reached the block layer, and write calls; null where the kernel does not account or does not tell. */
export function processIo(pid: number): ProcessIo | null {
  const text = read(`/proc/${pid}/io`)
  if (text === null) return null
  const readBytes = /^read_bytes: (\d+)/m.exec(text)?.[1]
  const writtenBytes = /^write_bytes: (\d+)/m.exec(text)?.[1]
  const writeCalls = /^syscw: (\d+)/m.exec(text)?.[1]
  if (!readBytes || !writtenBytes || !writeCalls) return null
  return { readBytes: Number(readBytes), writtenBytes: Number(writtenBytes), writeCalls: Number(writeCalls) }
}

export function processMemory(pid: number): ProcessMemory | null {
  const fields = read(`/proc/${pid}/statm`)?.split(' ')
  if (!fields) return null
  const sharedBytes = Number(fields[2]) * PAGE_BYTES
  return { privateBytes: Number(fields[1]) * PAGE_BYTES - sharedBytes, sharedBytes }
}

/** Cores the process may run on, in the kernel's list format (`0,2-3`); null when it is gone or nobody can say. */
export const coresOf = (pid: number): string | null =>
  /^Cpus_allowed_list:\s*(\S+)$/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1] ?? null

/** Children started by the main thread: all of them for single-threaded servers such as PostgreSQL. */
function mainThreadChildren(pid: number): number[] {
  const text = read(`/proc/${pid}/task/${pid}/children`)
  return text ? text.split(' ').filter(Boolean).map(Number) : []
}

/** `pid` and what descends from it by main threads: one read a process, cheap enough for every sample. */
export function familyForSampling(pid: number): number[] {
  return [pid, ...mainThreadChildren(pid).flatMap(familyForSampling)]
}

export function allProcesses(): ProcessStat[] {
  let names: string[] = []
  try {
    names = readdirSync('/proc')
  } catch {
    return []
  }
  return names.flatMap((name) => (/^\d+$/.test(name) ? (processStat(Number(name)) ?? []) : []))
}

/** Every living descendant of `roots`, the roots included, by a walk over all processes. */
export function descendants(roots: readonly number[], all: readonly ProcessStat[] = allProcesses()): ProcessStat[] {
  const found = new Set(roots)
  for (let size = -1; size !== found.size; ) {
    size = found.size
    for (const stat of all) if (found.has(stat.parentPid)) found.add(stat.pid)
  }
  return all.filter((stat) => found.has(stat.pid) && stat.state !== 'Z')
}

/** Program and arguments, each ended by a space; empty when the process is gone. */
export const commandOf = (pid: number): string => read(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ') ?? ''

/** Whether the process was started with `NAME=value` in its environment; false when we may not look. */
export function hasInEnvironment(pid: number, assignment: string): boolean {
  return read(`/proc/${pid}/environ`)?.split('\0').includes(assignment) ?? false
}

/** CPU seconds of the whole machine since boot; null without `/proc/stat`. */
export function machineCpu(): MachineCpu | null {
  const line = read('/proc/stat')?.split('\n', 1)[0]
  if (!line) return null
  const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0, steal = 0] = line
    .split(/\s+/)
    .slice(1)
    .map((ticks) => Number(ticks) / TICKS_PER_SECOND)
  return { busySeconds: user + nice + system + irq + softIrq, stealSeconds: steal }
}

/** Names this boot of this machine as seen from this container; two that differ cannot judge each other's pids. */
export function pidScope(): { readonly bootId: string; readonly pidNamespace: string } {
  let pidNamespace = 'none'
  try {
    pidNamespace = readlinkSync('/proc/self/ns/pid')
  } catch {}
  return { bootId: read('/proc/sys/kernel/random/boot_id')?.trim() ?? 'none', pidNamespace }
}
