import assert from 'node:assert/strict'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { generateSecrets, imagesOf, servicesOf, stackEdition } from '../../../lab/stack/chat.ts'
import { readStackOptions } from '../../../lab/stack/options.ts'
import { forgetState, readState, saveState, stateFile } from '../../../lab/stack/state.ts'
import { editions } from '../../../system/editions/index.ts'

function read(...args: string[]) {
  const problems: string[] = []
  return { options: readStackOptions(args, problems), problems }
}

test('up takes backend, gateways, knobs and ports', () => {
  const { options, problems } = read('up', '--backend=mongo', '--gateways=3', '--knob=lingerMs=5', '--port=9000')
  assert.deepEqual(problems, [])
  assert.deepEqual(
    [options?.action, options?.backend, options?.gateways, options?.knobs, options?.port],
    ['up', 'mongo', 3, { lingerMs: 5 }, 9000],
  )
})

test('a Kafka of three brokers, or of one', () => {
  assert.equal(read('up').options?.brokers, 1)
  assert.equal(read('up', '--brokers=3').options?.brokers, 3)
  assert.match(read('up', '--brokers=2').problems.join(), /--brokers=2 cannot be used: give 1 or 3/)
})

test('every problem is told at once', () => {
  const { problems } = read('up', '--backend=mysqll', '--gateways=0', '--knob=lingerM=5', '--name=A b', '--prot=1')
  assert.equal(problems.length, 5)
  assert.match(problems.join('\n'), /did you mean mysql/)
  assert.match(problems.join('\n'), /did you mean --port/)
})

test('scale names roles and numbers; logs want one service', () => {
  assert.deepEqual(read('scale', 'gateway=5', 'api=2').options?.scale, { gateway: 5, api: 2 })
  assert.equal(read('scale', 'kafka=2', 'gateway=x').problems.length, 2)
  assert.match(read('scale').problems.join(), /say what to scale/)
  assert.equal(read('logs', 'edge').options?.service, 'edge')
  assert.match(read('logs').problems.join(), /say whose/)
  assert.match(read('status', 'edge').problems.join(), /"edge"/)
  assert.match(read().problems.join(), /say what to do/)
})

test('sqlite, which lives in the system, is no backend of a stack', () => {
  assert.match(read('up', '--backend=sqlite').problems.join(), /keeps its store in the chat.s own process/)
  assert.match(read('up', '--backend=mysqll').problems.join(), /mysqll is unknown; .*did you mean mysql/)
})

test("an edition's groups of roles are services, and only gateways are many", () => {
  const services = servicesOf(editions.mysql, 3, 1)
  assert.deepEqual(
    services.map(({ name, replicas }) => [name, replicas]),
    [
      ['gateway', 3],
      ['persister', 1],
      ['api', 1],
    ],
  )
})

test('where a node may be lost there are two of everything that keeps nothing', () => {
  assert.deepEqual(
    servicesOf(editions.mysql, 3, 3).map(({ name, replicas }) => [name, replicas]),
    [
      ['gateway', 3],
      ['persister', 2],
      ['api', 2],
    ],
  )
})

test('Redis comes with what needs it, and with it the relay', () => {
  const plain = stackEdition('mysql', {})
  assert.ok(!imagesOf(plain).includes('redis'))
  const fanned = stackEdition('mysql', { fanout: 'redis' })
  assert.ok(imagesOf(fanned).includes('redis'))
  assert.deepEqual(
    servicesOf(fanned, 2, 1).map(({ name }) => name),
    ['gateway', 'persister', 'api', 'relay'],
  )
  assert.match(read('up', '--fanout=memory').problems.join(), /--fanout=memory is unknown/)
})

test('credentials are new each time, and kept for their owner alone', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'lab-stack-'))
  t.after(() => rm(folder, { recursive: true }))
  const env = { XDG_STATE_HOME: folder }
  const secrets = generateSecrets()
  assert.notDeepEqual(secrets, generateSecrets())
  const ports = { address: '127.0.0.1', public: 1, operations: 2, doorStore: 3, doorLogs: [4] }
  const state = {
    schema: 'lab.stack/1',
    name: 'chat',
    backend: 'mysql',
    startedAt: '',
    ports,
    secrets,
    observe: null,
  } as const
  await saveState(env, state)
  assert.equal((await stat(stateFile(env, 'chat'))).mode & 0o777, 0o600)
  assert.deepEqual(await readState(env, 'chat'), state)
  await forgetState(env, 'chat')
  assert.equal(await readState(env, 'chat'), null)
})
