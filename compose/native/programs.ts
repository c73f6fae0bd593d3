/** Finds programs as a shell would. */
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'

export type Environment = Readonly<Record<string, string | undefined>>

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** Absolute path of a program on PATH (or of an absolute path itself); null when there is none. */
export function findProgram(name: string, env: Environment): string | null {
  if (isAbsolute(name)) return isProgram(name) ? name : null
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean)
  return folders.map((folder) => join(folder, name)).find(isProgram) ?? null
}

/** Variables every program needs to find programs, folders and certificates; the user's other ones do not pass. */
const NEEDED = ['PATH', 'HOME', 'USER', 'LANG', 'TMPDIR', 'TZ', 'SSL_CERT_FILE', 'SSL_CERT_DIR']

export function neededVariables(env: Environment): Record<string, string> {
  const entries = NEEDED.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]))
  return Object.fromEntries(entries)
}

/** The prefix that makes the kernel send a process this signal when its parent ends (Linux, util-linux); empty where there is none. */
export function dieWithParent(env: Environment, signal: 'KILL' | 'TERM' = 'KILL'): readonly string[] {
  const setpriv = process.platform === 'linux' ? findProgram('setpriv', env) : null
  return setpriv ? [setpriv, '--pdeathsig', signal, '--'] : []
}
