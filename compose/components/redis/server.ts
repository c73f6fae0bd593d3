/** A Redis or Valkey server of our own: one node, loopback only, one generated password. */
import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { EngineIdentity, MemoryLimit, RunningComponent } from '../../component.ts'
import { freePorts, portToBeFree } from '../../native/ports.ts'
import type { ComponentContext, Launched } from '../driver.ts'
import { identify } from './identity.ts'

const MAX_MIB = 256
export const memory: readonly MemoryLimit[] = [{ what: 'maxmemory', bytes: MAX_MIB * 2 ** 20 }]

/** A program that can be started. */
export interface ServerProgram {
  readonly program: string
  readonly origin: 'path' | 'provisioned'
}

/** The parts of one server: the same after every restart. */
interface Server extends ServerProgram {
  readonly context: ComponentContext
  readonly port: number
  readonly password: string
}

export async function startServer(program: ServerProgram, context: ComponentContext): Promise<Launched> {
  const password = randomBytes(18).toString('hex')
  context.hide(password)
  const [port = 0] = await freePorts(1)
  return launch({ ...program, context, port, password })
}

async function launch(server: Server): Promise<Launched> {
  const { program, origin, context, port, password } = server
  const url = `redis://:${password}@127.0.0.1:${port}/`
  // In a file, for the arguments of a process are public on the machine.
  const configuration = join(context.dataDir, 'redis.conf')
  await mkdir(context.dataDir, { recursive: true })
  await writeFile(configuration, settings(server).join('\n'), { mode: 0o600 })
  let identity: EngineIdentity = { product: 'Redis', version: 'unknown' }
  const process = await context.spawn({
    name: 'redis',
    command: program,
    args: [configuration],
    env: {},
    ready: async (_, signal) => {
      identity = await firstAnswer(url, signal)
    },
  })
  const publicUrl = `redis://127.0.0.1:${port}/`
  const processes = [process]
  const figures = { engine: 'redis', url } as const
  const component: RunningComponent = { name: 'redis', url, publicUrl, identity, origin, processes, memory, figures }
  const again = async () => {
    await process.stop()
    await portToBeFree('redis', port, context.signal)
    return launch(server)
  }
  return { component, again }
}

/** Resolves with who answers there. Rejects with the signal's reason. */
export async function firstAnswer(url: string, signal: AbortSignal): Promise<EngineIdentity> {
  for (;;) {
    signal.throwIfAborted()
    const identity = await identify(url, 1_000).catch(() => undefined)
    if (identity) return identity
    await delay(20, undefined, { signal })
  }
}

/**
 * Nothing is kept: what goes through Redis is in the log or in the store before, so a server that was killed starts
 * empty. Where memory ends, keys make room by their age of use: a cache may forget. A subscriber that reads too slowly
 * is cut at 32 MB (8 MB for a minute), which are the defaults, and then repairs what it missed.
 */
export const engineSettings: readonly string[] = [
  'daemonize no',
  'save ""',
  'appendonly no',
  `maxmemory ${MAX_MIB}mb`,
  'maxmemory-policy allkeys-lru',
  'client-output-buffer-limit pubsub 32mb 8mb 60',
]

const settings = ({ context, port, password }: Server): string[] => [
  'bind 127.0.0.1',
  `port ${port}`,
  'protected-mode yes',
  `requirepass ${password}`,
  `dir "${context.dataDir}"`,
  ...engineSettings,
]
