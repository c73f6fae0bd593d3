/** Which process of this machine a daemon is. Linux only. */
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'
import type { ProcessStat } from '../native/proc.ts'

/**
 * Among `all` processes; null where it is another machine's. The only daemon there is; of several the one that listens
 * on that socket (`unix://...`), which needs the right to look at its open files.
 */
export function daemonPid(host: string, all: readonly ProcessStat[]): number | null {
  if (!host.startsWith('unix://')) return null
  const path = real(host.slice('unix://'.length))
  const daemons = all.filter(({ name }) => name === 'dockerd')
  const ours = daemons.length === 1 ? daemons[0] : daemons.find(({ pid }) => listensOn(pid, path))
  return ours?.pid ?? null
}

/** The kernel lists the sockets of a process's network namespace, each with its inode before its path (`man 5 proc`). */
function listensOn(pid: number, path: string): boolean {
  const listed = or('', () => readFileSync(`/proc/${pid}/net/unix`, 'latin1')).split('\n')
  const rows = listed.map((line) => line.trim().split(/\s+/))
  const inodes = new Set(rows.filter((row) => row[7] !== undefined && real(row[7]) === path).map((row) => row[6]))
  return sockets(pid).some((inode) => inodes.has(inode))
}

function sockets(pid: number): string[] {
  const files = or([], () => readdirSync(`/proc/${pid}/fd`))
  const links = files.map((fd) => or('', () => readlinkSync(`/proc/${pid}/fd/${fd}`)))
  return links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.slice(1) ?? [])
}

const real = (path: string) => or(path, () => realpathSync(path))

function or<T>(otherwise: T, read: () => T): T {
  try {
    return read()
  } catch {
    return otherwise
  }
}
