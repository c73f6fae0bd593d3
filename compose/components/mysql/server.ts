/** A `mysqld` of our own: one node, loopback only, no unix socket, one generated user. */
import { randomBytes } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { EngineIdentity, MemoryLimit, RunningComponent, RunningProcess } from '../../component.ts'
import { waitForLine } from '../../native/logs.ts'
import { freePorts, portToBeFree } from '../../native/ports.ts'
import { run } from '../../provision/commands.ts'
import type { ComponentContext, Launched } from '../driver.ts'
import { identify } from './identity.ts'

const USER = 'lab'
const POOL_MIB = 256
const LOG_BUFFER_MIB = 16

export const memory: readonly MemoryLimit[] = [
  { what: 'InnoDB buffer pool', bytes: POOL_MIB * 2 ** 20 },
  { what: 'InnoDB log buffer', bytes: LOG_BUFFER_MIB * 2 ** 20 },
]

/** A program that can be started, and the settings it needs to find its own files. */
export interface Mysqld {
  readonly program: string
  readonly origin: 'path' | 'provisioned'
  readonly settings: readonly string[]
}

/** The parts of one server: the same after every restart. */
interface Server {
  readonly mysqld: Mysqld
  readonly context: ComponentContext
  readonly port: number
  readonly password: string
}

export async function startMysqld(mysqld: Mysqld, context: ComponentContext): Promise<Launched> {
  const password = randomBytes(18).toString('hex')
  context.hide(password)
  try {
    await initialise(mysqld, password, context)
    const [port = 0] = await freePorts(1)
    return await launch({ mysqld, context, port, password })
  } catch (error) {
    await rm(context.dataDir, { recursive: true, force: true })
    throw error
  }
}

/**
 * Makes the data folder and the user. MySQL matches `root@localhost` with unix sockets alone where names are not
 * resolved, so clients over TCP need a user of their own, and root can be locked.
 */
async function initialise(mysqld: Mysqld, password: string, context: ComponentContext): Promise<void> {
  await mkdir(join(context.dataDir, 'tmp'), { recursive: true })
  const statements = [
    `CREATE USER '${USER}'@'127.0.0.1' IDENTIFIED BY '${password}';`,
    `GRANT ALL ON *.* TO '${USER}'@'127.0.0.1' WITH GRANT OPTION;`,
    `ALTER USER 'root'@'localhost' ACCOUNT LOCK;`,
  ]
  const initFile = join(context.dataDir, 'init.sql')
  await writeFile(initFile, statements.join('\n'), { mode: 0o600 })
  context.onProgress({ component: 'mysql', step: 'making the data folder' })
  const args = [...fixedArguments(mysqld, context), '--initialize-insecure', `--init-file=${initFile}`]
  await run(mysqld.program, args, { env: { ...context.env, TZ: 'UTC' }, signal: context.signal })
  await rm(initFile)
}

async function launch(server: Server): Promise<Launched> {
  const { mysqld, context, port, password } = server
  const url = `mysql://${USER}:${password}@127.0.0.1:${port}/`
  let identity: EngineIdentity = { product: 'MySQL', version: 'unknown' }
  const process = await context.spawn({
    name: 'mysqld',
    command: mysqld.program,
    args: [...fixedArguments(mysqld, context), ...settings(port)],
    env: { TZ: 'UTC' },
    ready: async (started, signal) => {
      identity = await firstAnswer(url, port, started, signal)
    },
  })
  const component: RunningComponent = {
    name: 'mysql',
    url,
    publicUrl: `mysql://127.0.0.1:${port}/`,
    identity,
    origin: mysqld.origin,
    processes: [process],
    memory,
    figures: { engine: 'mysql', url },
  }
  const again = async () => {
    await process.stop()
    await portToBeFree('mysql', port, context.signal)
    return launch(server)
  }
  return { component, again }
}

/**
 * The port opens before a start that then fails: the line in the log, with the port it listens on, comes first, then a
 * query of our own.
 */
export async function firstAnswer(
  url: string,
  port: number,
  started: RunningProcess,
  signal: AbortSignal,
): Promise<EngineIdentity> {
  await waitForLine(started, (line) => line.includes('ready for connections') && line.includes(`port: ${port}`), signal)
  for (;;) {
    signal.throwIfAborted()
    const identity = await identify(url, 1_000).catch(() => undefined)
    if (identity) return identity
    await delay(50, undefined, { signal })
  }
}

/** Root may run it only by saying so. Debian's default of `secure-file-priv` is a folder that is not there. */
function fixedArguments(mysqld: Mysqld, context: ComponentContext): string[] {
  const asRoot = process.getuid?.() === 0 ? ['--user=root'] : []
  const inside = (name: string) => join(context.dataDir, name)
  const paths = [`--datadir=${inside('data')}`, `--tmpdir=${inside('tmp')}`, `--pid-file=${inside('mysqld.pid')}`]
  return ['--no-defaults', ...mysqld.settings, ...paths, '--secure-file-priv=NULL', ...asRoot]
}

/**
 * Durability: the redo log is fsynced before a commit is acknowledged, and torn pages are caught by the doublewrite
 * buffer. No binary log: it exists for replicas and for recovery to a point in time, there is one node here, and with
 * it every commit would be written and fsynced twice, which no other engine of the lab does (measuring.md 9: equal
 * durability class). The buffer pool is as large as the cache of the MongoDB-compatible engine. Changed pages are
 * written at the pace of one disk, not of the array that the default of 10,000 is meant for: fewer bytes a message.
 */
export const engineSettings: readonly string[] = [
  '--mysqlx=OFF',
  '--skip-name-resolve',
  '--innodb-flush-log-at-trx-commit=1',
  '--innodb-doublewrite=ON',
  '--skip-log-bin',
  `--innodb-buffer-pool-size=${POOL_MIB}M`,
  '--innodb-redo-log-capacity=512M',
  `--innodb-log-buffer-size=${LOG_BUFFER_MIB}M`,
  '--innodb-io-capacity=1000',
  '--performance-schema=OFF',
  '--max-connections=200',
  '--table-open-cache=400',
  '--character-set-server=utf8mb4',
  '--default-time-zone=+00:00',
]

const settings = (port: number): string[] => [
  '--bind-address=127.0.0.1',
  `--port=${port}`,
  '--socket=',
  ...engineSettings,
]
