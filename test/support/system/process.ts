import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ReadyLine } from '../../../system/wiring/process.ts'

const main = fileURLToPath(new URL('../../../system/main.ts', import.meta.url))
export const internalToken = 'internal-token-for-tests'

/** A process of the chat, as the lab starts it. */
export interface SpawnedSystem extends ReadyLine {
  /** Public URL of the first server. */
  readonly url: string
  /** Resolves to the exit code, or the name of the signal that ended it. */
  readonly exited: Promise<number | string>
  readonly stderr: () => string
  signal(name: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<number | string>
  internal(method: string, path: string, body?: unknown): Promise<Response>
}

/** Starts `node system/main.ts`; resolves when its ready line came. Rejects with what it said when it ends before. */
export async function spawnSystem(args: readonly string[], env: Record<string, string> = {}): Promise<SpawnedSystem> {
  const started = launch(args, { CHAT_INTERNAL_TOKEN: internalToken, ...env })
  const line = await Promise.race([
    once(createInterface(started.child.stdout!), 'line').then(([text]) => String(text)),
    started.exited.then((code) => Promise.reject(new Error(`ended with ${code}: ${started.stderr()}`))),
  ])
  const ready = JSON.parse(line) as ReadyLine
  return {
    ...ready,
    url: ready.publicUrls[0] ?? '',
    exited: started.exited,
    stderr: started.stderr,
    signal: (name) => {
      started.child.kill(name)
      return started.exited
    },
    internal: (method, path, body) =>
      fetch(ready.internalUrl + path, {
        method,
        headers: {
          authorization: `Bearer ${internalToken}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
      }),
  }
}

/** Runs a process that is expected to end by itself. */
export async function runSystem(args: readonly string[], env: Record<string, string> = {}) {
  const { child, exited, stderr } = launch(args, env)
  let stdout = ''
  child.stdout!.on('data', (chunk) => {
    stdout += chunk
  })
  return { code: await exited, stdout, stderr: stderr() }
}

function launch(args: readonly string[], env: Record<string, string>) {
  const child: ChildProcess = spawn(process.execPath, [main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  let said = ''
  child.stderr!.on('data', (chunk) => {
    said += chunk
  })
  const exited = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string)
  return { child, exited, stderr: () => said }
}
