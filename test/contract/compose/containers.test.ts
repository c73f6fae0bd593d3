/** Components in containers, on a real daemon: the suite of the native ones, and what only containers have. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, describe, type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import {
  type ContainerChoice,
  EnvironmentError,
  type Progress,
  type Session,
  type SessionOptions,
} from '../../../compose/component.ts'
import { meterOf } from '../../../compose/containers/meter.ts'
import { removeSession } from '../../../compose/containers/remove.ts'
import { ContainerRuntime } from '../../../compose/containers/runtime.ts'
import { ensureImage } from '../../../compose/images/ensure.ts'
import { IMAGES } from '../../../compose/images/index.ts'
import { Accounting } from '../../../compose/native/accounting.ts'
import { SessionRegistry } from '../../../compose/native/registry.ts'
import { openSession } from '../../../compose/native/session.ts'
import { Cache, cacheFolder } from '../../../compose/provision/cache.ts'
import { ownAreContainers } from '../../support/components.ts'
import { testDaemon } from '../../support/docker/dockerd.ts'

const LAB = fileURLToPath(new URL('../../support/docker/container-lab.ts', import.meta.url))
const SESSION_LABEL = 'chat-lab.session'

const docker = await testDaemon({ ports: true })
after(async () => {
  if (docker.available) await docker.stop()
})

if (docker.available) {
  ownAreContainers(docker.env)
  await import('./components.test.ts')
} else {
  test('components in containers', (t) => {
    if (process.env.CI) assert.fail(docker.reason)
    t.skip(docker.reason)
  })
}

/** Only asked for inside of tests that are not registered without one. */
function daemonOf() {
  if (!docker.available) throw new Error(docker.reason)
  return docker
}

async function leftOf(sessionLabel: string): Promise<string[]> {
  const { api } = daemonOf().daemon
  const filters = { label: [sessionLabel] }
  const containers = await api.listContainers({ all: true, filters })
  const { Volumes } = await api.listVolumes({ filters })
  return [...containers.map(({ Names }) => Names[0] ?? ''), ...(Volumes ?? []).map(({ Name }) => Name)]
}

interface Opened {
  readonly session: Session
  readonly progress: readonly Progress[]
}

async function opened(t: TestContext, more: Partial<SessionOptions> = {}): Promise<Opened> {
  const runDir = await mkdtemp(join(tmpdir(), 'chat-lab-contained-'))
  const progress: Progress[] = []
  const session = await openSession({
    runDir,
    env: daemonOf().env,
    signal: new AbortController().signal,
    onProgress: (each) => void progress.push(each),
    containers: wanted,
    ...more,
  })
  t.after(async () => {
    await session.close()
    await rm(runDir, { recursive: true, force: true })
  })
  return { session, progress }
}

const wanted: ContainerChoice = { when: 'wanted', only: null, images: 'local' }

describe('containers of a session', { skip: docker.available ? false : docker.reason }, () => {
  test('keep to their cores and memory, are counted over a restart, and go with the session', async (t) => {
    const { session } = await opened(t, { coresOf: () => '0' })
    const component = await session.start('mysql')
    const { image, memory, processes } = component
    assert.match(image?.reference ?? '', /^chat-lab\/mysql:[0-9a-f]{12}$/)
    assert.match(image?.id ?? '', /^sha256:[0-9a-f]{64}$/)
    assert.equal(component.origin, 'container')
    assert.deepEqual(session.cores().get('mysql'), ['0'])
    const before = session.sample().processes.get('mysql')
    assert.ok(before && before.cpuSeconds > 0.1 && before.residentBytes > 50e6, JSON.stringify(before))
    assert.ok((before.writtenBytes ?? 0) > 1e6 && (before.writeCalls ?? 0) > 10, JSON.stringify(before))
    const { api } = daemonOf().daemon
    const [found] = await api.listContainers({ filters: { label: ['chat-lab.component=mysql'] } })
    const { HostConfig, Config } = await api.getContainer(found!.Id).inspect()
    assert.equal(HostConfig.Memory, memory?.find(({ what }) => what === 'container')?.bytes)
    assert.equal(JSON.stringify(Config).includes(new URL(component.url).password), false, 'the password can be read')
    processes[0]!.kill()
    assert.deepEqual(await processes[0]!.exited, { code: null, signal: 'SIGKILL', asked: true })
    await session.restart('mysql')
    const after = session.sample().processes.get('mysql')
    assert.ok(after && after.cpuSeconds > before.cpuSeconds && after.residentBytes < 2 * before.residentBytes)
    assert.notEqual((await leftOf('chat-lab.component=mysql')).length, 0)
    await session.close()
    assert.deepEqual(await leftOf('chat-lab.component=mysql'), [])
  })

  test('are measured by what the daemon tells where this machine is not the daemon’s', async (t) => {
    const { session } = await opened(t)
    await session.start('mysql')
    const { api } = daemonOf().daemon
    const [found] = await api.listContainers({ filters: { label: ['chat-lab.component=mysql'] } })
    const nobody = 0
    const told = meterOf(api.getContainer(found!.Id), nobody)
    const signal = AbortSignal.timeout(20_000)
    while (told.read().cpuSeconds === 0) await delay(50, undefined, { signal })
    const read = session.sample().processes.get('mysql')!
    const { cpuSeconds, residentBytes } = told.read()
    assert.ok(cpuSeconds > 0.1 && cpuSeconds <= read.cpuSeconds)
    assert.ok(Math.abs(residentBytes - read.residentBytes) < 0.2 * read.residentBytes)
    assert.deepEqual(told.pids('now'), [])
  })

  test('hold still while they are paused', async (t) => {
    const { session } = await opened(t)
    const { processes } = await session.start('mysql')
    await processes[0]!.pause?.()
    const cpuSeconds = () => session.sample().processes.get('mysql')?.cpuSeconds
    const before = cpuSeconds()
    await delay(300)
    assert.equal(cpuSeconds(), before)
    await processes[0]!.resume?.()
    await processes[0]!.stop()
  })

  test('that end before they are ready say why by their last lines, and leave nothing', async () => {
    const { daemon, env } = daemonOf()
    const cache = new Cache(cacheFolder(env), () => undefined)
    const provision = { cache, env, signal: new AbortController().signal, onProgress: () => undefined }
    const image = await ensureImage(IMAGES.mysql, { ...provision, daemon, source: 'local' })
    const folder = await mkdtemp(join(tmpdir(), 'chat-lab-contained-'))
    const registry = await SessionRegistry.open(join(folder, 'running'))
    const stage = {
      ...provision,
      registry,
      accounting: new Accounting(),
      logDir: join(folder, 'logs'),
      coresOf: undefined,
      secrets: [],
      started: () => undefined,
    }
    const runtime = new ContainerRuntime(wanted, stage)
    // Kafka's settings for an image of MySQL, which misses its password.
    const mistaken = { ...image, facts: { ...image.facts, ports: { broker: 9092, controller: 9093 } } }
    await assert.rejects(runtime.start('kafka', mistaken), (error: EnvironmentError) => {
      assert.equal(error.code, 'ENV-START')
      assert.match(error.message, /ended with exit code 1 before it was ready/)
      assert.match(error.logLines.join('\n'), /Set MYSQL_ROOT_PASSWORD/)
      return true
    })
    const { api } = daemon
    const filters = { label: [`${SESSION_LABEL}=${registry.id}`] }
    assert.deepEqual(await api.listContainers({ all: true, filters }), [])
    await runtime.close()
    assert.deepEqual(await leftOf(`${SESSION_LABEL}=${registry.id}`), [])
    await registry.close()
    await rm(folder, { recursive: true, force: true })
  })

  test('of an image that cannot be had name it and the way without a registry', async (t) => {
    const { session } = await opened(t, { containers: { ...wanted, images: 'official' } })
    await assert.rejects(session.start('mysql'), (error: EnvironmentError) => {
      assert.equal(error.code, 'ENV-PROVISION')
      assert.match(`${error.message} ${error.remedy}`, /mysql:9\.7\.0 .* cannot be pulled.*--images=local/)
      return true
    })
  })

  test('are left out where they are only taken if possible, with the reason', async (t) => {
    const containers = { when: 'possible', only: null, images: 'official' } as const
    const { session, progress } = await opened(t, { containers })
    const kafka = await session.start('kafka')
    assert.notEqual(kafka.origin, 'container')
    assert.match(kafka.notContained ?? '', /cannot be pulled/)
    assert.ok(progress.some(({ step }) => /^native, not in a container: The image apache\/kafka/.test(step)))
  })

  test('do not start on a port that somebody took, and say so', async (t) => {
    const { daemon } = daemonOf()
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => server.close())
    const { port } = server.address() as { port: number }
    const cache = new Cache(cacheFolder(process.env), () => undefined)
    const signal = new AbortController().signal
    const options = { cache, env: process.env, signal, onProgress: () => undefined, daemon, source: 'local' } as const
    const { reference } = await ensureImage(IMAGES.redis, options)
    const { startContainer } = await import('../../../compose/containers/container.ts')
    const { notStarted } = await import('../../../compose/containers/obstacles.ts')
    const labels = { [SESSION_LABEL]: 'port-test' }
    const spec = {
      name: 'chat-lab-port-test',
      image: reference,
      user: '999:1000',
      labels,
      environment: {},
      command: undefined,
      files: {},
      volume: null,
      scratch: [],
      port: { inside: 6379, published: port },
      memoryBytes: 64 * 2 ** 20,
      cores: undefined,
    }
    t.after(() => removeSession(daemon, 'port-test'))
    const hooks = { created: async () => undefined, ready: async () => undefined }
    const error = await startContainer(daemon, spec, hooks).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    const told = notStarted('redis', error)
    assert.ok(told instanceof EnvironmentError)
    assert.equal(told.code, 'ENV-PORT')
  })

  test('of a lab that was killed with -9 are removed by the next, those of a living one are not', async (t) => {
    const runDir = await mkdtemp(join(tmpdir(), 'chat-lab-contained-'))
    t.after(() => rm(runDir, { recursive: true, force: true }))
    const lab = spawn(process.execPath, [LAB, runDir], { stdio: ['ignore', 'pipe', 'inherit'], env: daemonOf().env })
    t.after(() => lab.kill('SIGKILL'))
    const [line] = await once(createInterface(lab.stdout), 'line')
    const label = `${SESSION_LABEL}=${(JSON.parse(line) as { session: string }).session}`
    assert.equal((await leftOf(label)).length, 2, 'a container and its volume')
    await opened(t)
    assert.equal((await leftOf(label)).length, 2, 'its lab lives')
    lab.kill('SIGKILL')
    await once(lab, 'exit')
    assert.equal((await leftOf(label)).length, 2, 'nothing but a sweep removes them')
    const { progress } = await opened(t)
    assert.deepEqual(await leftOf(label), [])
    assert.ok(progress.some(({ component, step }) => component === 'sweep' && /chat-lab-mysql-/.test(step)))
  })
})
