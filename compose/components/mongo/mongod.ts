/** A genuine `mongod` from PATH: one node, loopback only, with a generated administrator. */
import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import type { RunningComponent } from '../../component.ts'
import { freePorts, portToBeFree } from '../../native/ports.ts'
import type { ComponentContext, Launched } from '../driver.ts'
import { answering } from './answering.ts'
import { identify } from './identity.ts'

const USER = 'lab'

export async function startMongod(program: string, context: ComponentContext): Promise<Launched> {
  await mkdir(context.dataDir, { recursive: true })
  const [port = 0] = await freePorts(1)
  const password = randomBytes(18).toString('hex')
  context.hide(password)
  return launch(program, port, password, true, context)
}

async function launch(
  program: string,
  port: number,
  password: string,
  isFirst: boolean,
  context: ComponentContext,
): Promise<Launched> {
  const address = `127.0.0.1:${port}`
  const url = `mongodb://${USER}:${password}@${address}/?authSource=admin`
  // Until the first user exists, a loopback connection may make it without credentials (localhost exception).
  const probe = answering(isFirst ? `mongodb://${address}/` : url)
  const mongod = await context.spawn({
    name: 'mongod',
    command: program,
    args: ['--dbpath', context.dataDir, '--bind_ip', '127.0.0.1', '--port', `${port}`, '--auth', '--nounixsocket'],
    env: {},
    ready: probe.ready,
  })
  if (isFirst) await createUser(address, password)
  const component: RunningComponent = {
    name: 'mongo',
    url,
    publicUrl: `mongodb://${address}/`,
    identity: await identify(url, 5_000),
    origin: 'path',
    processes: [mongod],
    settle: () => sync(url),
  }
  const again = async () => {
    await mongod.stop()
    await portToBeFree('mongo', port, context.signal)
    return launch(program, port, password, false, context)
  }
  return { component, again }
}

async function sync(url: string): Promise<void> {
  const { MongoClient } = await import('mongodb')
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 5_000 })
  try {
    await client.db('admin').command({ fsync: 1 })
  } finally {
    await client.close()
  }
}

async function createUser(address: string, password: string): Promise<void> {
  const { MongoClient } = await import('mongodb')
  const client = new MongoClient(`mongodb://${address}/`, { serverSelectionTimeoutMS: 5_000 })
  try {
    await client.db('admin').command({ createUser: USER, pwd: password, roles: ['root'] })
  } finally {
    await client.close()
  }
}
