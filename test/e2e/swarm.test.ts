/** The chat on a real Swarm: up, reachable from where it may be, drained, measured like any other, and gone again. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { after, before, describe, type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { freePorts } from '../../compose/native/ports.ts'
import { isEmpty, leftoversOf } from '../../compose/swarm/remove.ts'
import { isServing, listServices, listTasks, type Task } from '../../compose/swarm/tasks.ts'
import { watchedNow } from '../../lab/observe/live.ts'
import { Door } from '../../lab/run/swarm/door.ts'
import { runStack } from '../../lab/run/swarm/place.ts'
import { swarmSystem } from '../../lab/run/swarm/system.ts'
import { stackCommand } from '../../lab/stack/command.ts'
import { readState } from '../../lab/stack/state.ts'
import { exitCodeIn, type TestSwarm, testSwarm } from '../support/docker/swarm.ts'
import { resolved, runForTest } from '../support/lab-run.ts'
import { askKept, type KeptSeries } from '../support/observed-run.ts'

const stack = 'chat-test'
const storePort = 3306
const quiet = () => undefined

interface Up {
  readonly role: string
  readonly instance: string
}

let swarm: TestSwarm
let folder: string

before(async () => {
  swarm = await testSwarm()
  folder = await mkdtemp(join(tmpdir(), 'lab-swarm-'))
})
after(async () => {
  if (swarm.available) {
    await command('down')
    await swarm.stop()
  }
  await rm(folder, { recursive: true, force: true })
})

/** Where CI is set, a machine that cannot is a failure. */
function skipped(t: TestContext): boolean {
  if (swarm.available) return false
  if (process.env.CI) assert.fail(swarm.reason)
  t.skip(swarm.reason)
  return true
}

function parts() {
  if (!swarm.available) throw new Error(swarm.reason)
  const env = { ...swarm.env, XDG_STATE_HOME: folder }
  return { daemon: swarm.daemon, env, signal: new AbortController().signal, onProgress: quiet }
}

async function command(...args: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const said = [stdout, stderr].map((stream) => stream.setEncoding('utf8').toArray() as Promise<string[]>)
  const io = { stdout, stderr, env: parts().env, onInterrupt: () => quiet }
  const code = await stackCommand([...args, `--name=${stack}`], io)
  stdout.end()
  stderr.end()
  const [out, err] = await Promise.all(said)
  return { code, stdout: out!.join(''), stderr: err!.join('') }
}

async function tasksOf(service: string): Promise<Task[]> {
  const { daemon } = parts()
  const all = await listTasks(daemon, stack, await listServices(daemon, stack))
  return all.filter((task) => task.service === service && isServing(task))
}

/** `open`, or the code of the error; `timeout` where nobody answers at all. */
function knock(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1_500 })
    const end = (how: string) => {
      socket.destroy()
      resolve(how)
    }
    // A forwarder accepts before it knows whether somebody is behind it: MySQL speaks first.
    socket.once('data', () => end('open'))
    socket.once('timeout', () => end('timeout'))
    socket.once('close', () => end('closed'))
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message))
  })
}

describe('a stack', () => {
  test('comes up until a client is served, and one of its name is refused meanwhile', async (t) => {
    if (skipped(t)) return
    const [port, operations] = await freePorts(2)
    const ports = [`--port=${port}`, `--operations-port=${operations}`]
    const up = await command('up', '--backend=mysql', '--gateways=2', '--images=local', ...ports)
    assert.equal(up.code, 0, up.stderr)
    assert.match(up.stdout, new RegExp(`http://127.0.0.1:${port}`))
    assert.equal((await fetch(`http://127.0.0.1:${port}/openapi.json`)).status, 200)
    assert.equal((await command('status')).code, 0)
    const again = await command('up', '--backend=mysql')
    assert.equal(again.code, 4)
    assert.match(again.stderr, /There is a stack chat-test already: \d+ services/)
  })

  test('is watched: Prometheus reaches every task of the roles, the edge, and the figures of engines', async (t) => {
    if (skipped(t)) return
    const { observe } = (await readState(parts().env, stack))!
    const wanted = await Promise.all(
      ['gateway', 'gateway', 'persister', 'api', 'edge', 'kafka', 'mysql-exporter'].map(async (service, index) => {
        const tasks = await tasksOf(service)
        const { app, data } = tasks[index % tasks.length]!.addresses
        return `${service.replace('-exporter', '')} ${app ?? data}`
      }),
    )
    const query = new URLSearchParams({ query: `up{run="${stack}", backend="mysql", runtime="swarm"} == 1` })
    const address = `http://127.0.0.1:${observe!.prometheus}/api/v1/query?${query}`
    let found: string[] = []
    // DNS is asked every 2 s, and each target once a second.
    for (const deadlineMs = Date.now() + 20_000; found.length < wanted.length && Date.now() < deadlineMs; ) {
      const { data } = (await (await fetch(address)).json()) as { data: { result: { metric: Up }[] } }
      found = data.result.map(({ metric: { role, instance } }) => `${role} ${instance.split(':')[0]}`)
      await delay(200)
    }
    assert.deepEqual(found.sort(), wanted.sort())
    for (const name of ['kafka_requests_total', 'mysql_up']) {
      const asked = new URLSearchParams({ query: `sum(${name}{run="${stack}", job="engine"}) >= 1` })
      const answer = await fetch(`http://127.0.0.1:${observe!.prometheus}/api/v1/query?${asked}`)
      const { data } = (await answer.json()) as { data: { result: unknown[] } }
      assert.equal(data.result.length, 1, name)
    }
    const shown = await watchedNow(`http://127.0.0.1:${observe!.prometheus}`)
    assert.deepEqual(
      shown.map(({ run, backend }) => [run, backend]),
      [[stack, 'mysql']],
    )
    assert.match((await command('status')).stdout, new RegExp(`Prometheus +http://127.0.0.1:${observe!.prometheus}\\n`))
  })

  test('shows its operations to who has the token alone', async (t) => {
    if (skipped(t)) return
    const { ports, secrets } = (await readState(parts().env, stack))!
    const [task] = await tasksOf('persister')
    const address = task!.addresses.app!
    const ask = (path: string, headers: Record<string, string> = {}) =>
      fetch(`http://127.0.0.1:${ports.operations}${path}`, { headers }).then(({ status }) => status)
    const authorization = `Bearer ${secrets.internalToken}`
    assert.equal(await ask(`/tasks/${address}/metrics`), 401)
    assert.equal(await ask(`/tasks/${address}/metrics`, { authorization: `Bearer ${secrets.tokenSecret}` }), 401)
    assert.equal(await ask(`/tasks/${address}/metrics`, { authorization }), 200)
    assert.equal(await ask('/metrics', { authorization }), 404)
  })

  test('lets roles alone reach the data tier; the host only while the door is open', async (t) => {
    if (skipped(t)) return
    const context = parts()
    const { ports } = (await readState(context.env, stack))!
    const [edge, api, mysql] = (await Promise.all(['edge', 'api', 'mysql'].map(tasksOf))).map(([task]) => task)
    const address = mysql!.addresses.data!
    const reach = (from: Task, host: string) => {
      const script = `[ "$(nc -w 2 ${host} ${storePort} </dev/null | head -c 5 | wc -c)" = 5 ]`
      return exitCodeIn(context.daemon, from.containerId, ['sh', '-c', script])
    }
    for (const host of ['mysql', address]) {
      assert.equal(await reach(api!, host), 0, `api to ${host}`)
      assert.notEqual(await reach(edge!, host), 0, `edge to ${host}`)
    }
    assert.notEqual(await knock(address, storePort), 'open')
    assert.equal(await knock('127.0.0.1', ports.doorStore), 'ECONNREFUSED')
    const door = new Door(stack, ports, context)
    await door.open()
    assert.equal(await knock('127.0.0.1', ports.doorStore), 'open')
    await door.close()
    assert.equal(await knock('127.0.0.1', ports.doorStore), 'ECONNREFUSED')
  })

  test('has no secret in what can be inspected of it', async (t) => {
    if (skipped(t)) return
    const { daemon, env } = parts()
    const { secrets } = (await readState(env, stack))!
    const services = await daemon.api.listServices()
    const tasks = await Promise.all(['gateway', 'mysql', 'edge'].map(tasksOf))
    const containers = await Promise.all(
      tasks.flat().map(({ containerId }) => daemon.api.getContainer(containerId).inspect()),
    )
    const open = JSON.stringify([services, containers])
    for (const [name, secret] of Object.entries(secrets)) assert.ok(!open.includes(secret), `${name} can be read`)
  })

  test('tells clients of a gateway that leaves to come again, with 1012, and no other', async (t) => {
    if (skipped(t)) return
    const { ports } = (await readState(parts().env, stack))!
    const sockets = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const socket = new WebSocket(`ws://127.0.0.1:${ports.public}/ws`, ['v12.stomp'])
        await once(socket, 'open')
        return socket
      }),
    )
    const codes: number[] = []
    for (const socket of sockets) socket.once('close', (code) => codes.push(code))
    const before = await tasksOf('gateway')
    const scaled = await command('scale', 'gateway=1')
    assert.equal(scaled.code, 0, scaled.stderr)
    const [kept] = await tasksOf('gateway')
    const left = before.find(({ id }) => id !== kept!.id)!
    await parts().daemon.api.getContainer(left.containerId).wait()
    // What was written to a socket before its process ended arrives before the answer to a later request.
    await fetch(`http://127.0.0.1:${ports.public}/healthz`)
    const stillOpen = sockets.filter(({ readyState }) => readyState === WebSocket.OPEN)
    for (const socket of stillOpen) socket.terminate()
    assert.ok(codes.length > 0 && stillOpen.length > 0, `${codes.length} of 6 were closed`)
    assert.deepEqual(
      codes.filter((code) => code !== 1012),
      [],
    )
    assert.equal(codes.length + stillOpen.length, sockets.length)
  })

  test('goes with all it had, and going twice is no error', async (t) => {
    if (skipped(t)) return
    const { daemon, env } = parts()
    assert.equal((await command('down')).code, 0)
    assert.ok(isEmpty(await leftoversOf(daemon, stack)))
    assert.equal(await readState(env, stack), null)
    const again = await command('down')
    assert.deepEqual([again.code, again.stdout], [0, `There is no stack ${stack}.\n`])
    assert.equal((await command('status')).code, 4)
  })

  test('that never becomes healthy says why by its log, and is taken away', async (t) => {
    if (skipped(t)) return
    const [port, operations] = await freePorts(2)
    const ports = [`--port=${port}`, `--operations-port=${operations}`]
    const up = await command('up', '--backend=mysql', '--images=local', '--knob=lingerMs=99999', ...ports)
    assert.equal(up.code, 4)
    // Every role refuses the knob; which of them has ended too often first is chance.
    assert.match(up.stderr, /ENV-START (gateway|persister|api): .*non-zero exit \(2\)/)
    assert.match(up.stderr, /lingerMs/)
    assert.ok(isEmpty(await leftoversOf(parts().daemon, stack)))
  })
})

for (const backend of ['mysql', 'postgres'] as const) {
  test(`a run of ${backend} on a Swarm is judged as any other, and leaves nothing`, async (t) => {
    if (skipped(t)) return
    const { daemon, env, signal } = parts()
    const load = ['--profile=warm-up:2s@50,base:4s@50,hold:5s@200', '--users=50', '--slo=p99=60s', '--compacted']
    const run = resolved(
      `--backend=${backend}`,
      '--runtime=swarm',
      '--images=local',
      '--gateways=2',
      '--observe=on',
      ...load,
    )
    const around = { backend, env, signal, onProgress: quiet } as const
    let [accepted, scraped]: KeptSeries[][] = []
    const { result } = await runForTest(
      run,
      (session, runId) => swarmSystem({ ...run, ...around, runId, logDir: session.logDir }),
      {},
      (folder) =>
        askKept(folder, async (query) => {
          accepted = await query('last_over_time(chat_accepted_total[1m])')
          scraped = await query('max_over_time(up{job="chat"}[1m])')
        }),
    )
    assert.deepEqual(
      result.ledger.counters.filter(({ count }) => count !== 0),
      [],
    )
    assert.ok(['PASS', 'INVALID'].includes(result.verdict.outcome), JSON.stringify(result.verdict.reasons))
    const { target, ledger, phases, resources, storage } = result
    assert.ok(storage!.bytesAfter > storage!.bytesEmpty && storage!.journalBytes > 1e6, JSON.stringify(storage))
    assert.ok(
      storage!.bytesCompacted! > storage!.bytesEmpty && storage!.writeAmplification! > 1,
      JSON.stringify(storage),
    )
    assert.equal(target.runtime, 'swarm')
    assert.deepEqual(target.processes, ['gateway.1', 'gateway.2', 'persister.1', 'api.1', 'edge.1'])
    const sent = phases.reduce((sum, phase) => sum + phase.sent, 0)
    assert.deepEqual([ledger.audit.rowsRead, ledger.audit.foreignRows], [sent, 0])
    assert.equal(ledger.funnel.find(({ stage }) => stage === 'logged')?.count, sent)
    assert.ok((phases[1]?.persistReported?.n ?? 0) > 0)
    const names = resources.components.filter(({ cpuSeconds }) => (cpuSeconds ?? 0) > 0).map(({ name }) => name)
    for (const name of ['gateway', 'persister', 'edge', 'kafka', backend, 'docker', 'prometheus', 'stack-prometheus'])
      assert.ok(names.includes(name), name)
    // What the stack's Prometheus saw of the tasks is in the run's own data, the last second too.
    const acked = phases.reduce((sum, phase) => sum + phase.acked, 0)
    assert.equal(
      accepted!.reduce((sum, { value }) => sum + value, 0),
      acked,
    )
    assert.deepEqual(
      scraped!.map(({ metric: { role, run: of, backend, runtime } }) => [role, of, backend, runtime].join(' ')).sort(),
      ['api', 'gateway', 'gateway', 'persister'].map((role) => `${role} run ${backend} swarm`),
    )
    assert.ok(isEmpty(await leftoversOf(daemon, runStack)))
  })
}
