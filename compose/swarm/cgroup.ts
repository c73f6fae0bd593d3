/** Reads the accounts that the kernel keeps of a container: cgroup v1 and v2. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ResourceSample } from '../component.ts'
import { processIo } from '../native/proc.ts'

export type ReadFile = (path: string) => string | null

const readFile: ReadFile = (path) => {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return null
  }
}

const root = '/sys/fs/cgroup'

/** Where the accounts of one container are. */
export interface Accounts {
  readonly cpu: string
  readonly memory: string
  readonly version: 1 | 2
}

/** By the container's first process; null when it is gone, or of another machine. */
export function accountsOf(pid: number, read: ReadFile = readFile): Accounts | null {
  const lines = read(`/proc/${pid}/cgroup`)?.split('\n') ?? []
  const pathOf = (controller: string) =>
    lines.map((line) => line.split(':')).find(([, names = '']) => names.split(',').includes(controller))?.[2]
  const [cpu, memory] = [pathOf('cpuacct'), pathOf('memory')]
  if (cpu !== undefined && memory !== undefined)
    return { cpu: join(root, 'cpuacct', cpu), memory: join(root, 'memory', memory), version: 1 }
  const unified = lines.find((line) => line.startsWith('0::'))?.slice(3)
  if (unified === undefined || unified === '/') return null
  return { cpu: join(root, unified), memory: join(root, unified), version: 2 }
}

type Usage = Omit<ResourceSample, 'atMs'>

/**
 * CPU time of all that ever ran in the container, health checks too, and the memory its processes hold: anonymous pages
 * and files mapped, not the page cache, as `/proc` counts for a native process. Bytes and calls are those of the
 * processes that run now. Null when the container is gone.
 */
export function usageOf(accounts: Accounts, read: ReadFile = readFile): Usage | null {
  const cpuSeconds = accounts.version === 1 ? cpuV1(accounts, read) : cpuV2(accounts, read)
  if (cpuSeconds === null) return null
  const memory = read(join(accounts.memory, 'memory.stat')) ?? ''
  const [anonymous, mapped] = accounts.version === 1 ? ['total_rss', 'total_mapped_file'] : ['anon', 'file_mapped']
  const residentBytes = field(memory, anonymous) + field(memory, mapped)
  return { cpuSeconds, residentBytes, ...ioOf(accounts, read) }
}

function cpuV1({ cpu }: Accounts, read: ReadFile): number | null {
  const nanoseconds = read(join(cpu, 'cpuacct.usage'))
  return nanoseconds === null ? null : Number(nanoseconds) / 1e9
}

function cpuV2({ cpu }: Accounts, read: ReadFile): number | null {
  const text = read(join(cpu, 'cpu.stat'))
  return text === null ? null : field(text, 'usage_usec') / 1e6
}

const field = (text: string, name: string): number => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0)

/** Processes that run in the container now, by the pids of this machine. */
export const pidsOf = ({ cpu }: Accounts, read: ReadFile = readFile): number[] =>
  (read(join(cpu, 'cgroup.procs')) ?? '').split('\n').filter(Boolean).map(Number)

/**
 * From `/proc` of each process, not from the block controller: v1 charges to nobody what is written back from the page
 * cache, and native runs are measured this way. Null where this user may not look.
 */
function ioOf(accounts: Accounts, read: ReadFile): Pick<Usage, 'readBytes' | 'writtenBytes' | 'writeCalls'> {
  const each = pidsOf(accounts, read).map(processIo)
  if (each.length === 0 || each[0] == null) return { readBytes: null, writtenBytes: null, writeCalls: null }
  const sum = (of: (io: NonNullable<(typeof each)[0]>) => number) =>
    each.reduce((total, io) => total + (io === null ? 0 : of(io)), 0)
  return {
    readBytes: sum(({ readBytes }) => readBytes),
    writtenBytes: sum(({ writtenBytes }) => writtenBytes),
    writeCalls: sum(({ writeCalls }) => writeCalls),
  }
}
