/** Runs the tools provisioning needs (go, mvn, pip, apt-get, dpkg) to their end. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { dieWithParent, type Environment, findProgram } from '../native/programs.ts'

const KEPT_LINES = 30

export interface CommandOptions {
  /** The whole environment: tools need the user's own settings (proxies, registries, caches). */
  readonly env: Environment
  readonly cwd?: string
  readonly signal: AbortSignal
  readonly input?: string
  /** Each line of stdout and stderr as it comes. `end` asks the tool to end (SIGTERM), which then is no failure. */
  readonly onLine?: (line: string, end: () => void) => void
}

/** A tool that ended with another code than 0. */
export class CommandError extends Error {
  readonly lines: readonly string[]
  constructor(command: string, how: string, lines: readonly string[]) {
    super([`${command} ${how}`, ...lines.slice(-5)].join('\n  '))
    this.name = 'CommandError'
    this.lines = lines
  }
}

/** Resolves with stdout when it ended with code 0; rejects with CommandError or the signal's reason. */
export function run(command: string, args: readonly string[], options: CommandOptions): Promise<string> {
  options.signal.throwIfAborted()
  const program = findProgram(command, options.env)
  if (!program) return Promise.reject(new CommandError(command, 'is not installed', []))
  const [first = program, ...rest] = [...dieWithParent(options.env), program, ...args]
  return new Promise((resolve, reject) => {
    // A group of its own: a terminal's Ctrl-C reaches the lab alone, which then ends the tool with its children.
    const child = spawn(first, rest, { cwd: options.cwd, env: { ...options.env }, detached: true })
    const stdout: string[] = []
    const last: string[] = []
    let asked = false
    const end = () => {
      asked = true
      child.kill('SIGTERM')
    }
    const keep = (line: string) => {
      last.push(line)
      if (last.length > KEPT_LINES) last.shift()
      options.onLine?.(line, end)
    }
    createInterface(child.stdout).on('line', (line) => {
      stdout.push(line)
      keep(line)
    })
    createInterface(child.stderr).on('line', keep)
    child.stdin.on('error', () => undefined).end(options.input ?? '')
    const abort = () => {
      try {
        if (child.pid) process.kill(-child.pid, 'SIGKILL')
      } catch {}
    }
    options.signal.addEventListener('abort', abort, { once: true })
    child.once('error', reject)
    child.once('close', (code, signal) => {
      options.signal.removeEventListener('abort', abort)
      if (options.signal.aborted) reject(options.signal.reason)
      else if (code === 0 || asked) resolve(stdout.join('\n'))
      else reject(new CommandError(command, signal ? `ended by ${signal}` : `ended with code ${code}`, last))
    })
  })
}
