/** Cores of this machine: which may be used, and how a process is kept to some of them (Linux, without root). */

import { EnvironmentError } from '../component.ts'
import { run } from '../provision/commands.ts'
import { coresOf } from './proc.ts'
import type { Environment } from './programs.ts'
import { findProgram } from './programs.ts'

/** What may be asked for on this machine. */
export interface MachineCores {
  /** Cores that the kernel lets this process use, in ascending order; null where the system does not tell. */
  readonly allowed: readonly number[] | null
  /** Why no process can be kept to a set of cores here; null where it can. */
  readonly obstacle: string | null
}

/** Reads the kernel's list format, `0,2-3`: distinct cores in ascending order. Null when it is none, or empty. */
export function parseCoreList(text: string): number[] | null {
  const cores = new Set<number>()
  for (const part of text.split(',')) {
    const [, first = '', last = first] = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part.trim()) ?? []
    if (first === '' || Number(last) < Number(first)) return null
    for (let core = Number(first); core <= Number(last); core++) cores.add(core)
  }
  return [...cores].sort((a, b) => a - b)
}

/** The kernel's list format of cores in ascending order: `0,2-3`. */
export function formatCoreList(cores: readonly number[]): string {
  const runs: [first: number, last: number][] = []
  for (const core of cores) {
    const run = runs.at(-1)
    if (run !== undefined && run[1] === core - 1) run[1] = core
    else runs.push([core, core])
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',')
}

export function machineCores(env: Environment = process.env): MachineCores {
  const list = coresOf(process.pid)
  const allowed = list === null ? null : parseCoreList(list)
  if (process.platform !== 'linux' || allowed === null)
    return { allowed, obstacle: `${process.platform} does not let a program choose the cores of another` }
  if (findProgram('taskset', env) === null)
    return { allowed, obstacle: 'there is no taskset on PATH: install the package util-linux' }
  return { allowed, obstacle: null }
}

/** What to put before a program so that it, its threads and its children run on these cores only. */
export const keptTo = (cores: string, env: Environment): readonly string[] => [
  findProgram('taskset', env) ?? 'taskset',
  '-c',
  cores,
]

/** Moves this very process, all its threads; children it starts from now on inherit that. Rejects with ENV-START. */
export async function moveSelf(cores: string, env: Environment): Promise<void> {
  const signal = new AbortController().signal
  await run('taskset', ['-a', '-c', '-p', cores, `${process.pid}`], { env, signal }).catch((cause: Error) => {
    const text = `The lab could not be kept to core ${cores}: ${cause.message}`
    throw new EnvironmentError('ENV-START', 'lab', text, 'Leave out --cores.', [], { cause })
  })
}
