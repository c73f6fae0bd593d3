/**
 * The chat on three nodes: roles spread, data out of reach from every node but by roles, and a run in which one node is
 * cut off and another one killed. Everything runs in the practice cluster's own network, as a user would run it.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { makeCluster, type PracticeCluster, removeCluster } from '../../compose/swarm/nodes/cluster.ts'
import { isEmpty, leftoversOf } from '../../compose/swarm/remove.ts'
import { isServing, listServices, listTasks, type Task } from '../../compose/swarm/tasks.ts'
import { bringSupplies } from '../../lab/nodes/supplies.ts'
import { runStack } from '../../lab/run/swarm/place.ts'
import type { Result } from '../../reports/schema/result.ts'
import { nodesContext, skippedWithoutNodes } from '../support/docker/nodes.ts'
import { exitCodeIn } from '../support/docker/swarm.ts'

const context = nodesContext('chat-nodes-e2e')
const storePort = 3306
const heartbeatMs = 2_000
const gateways = 3
let folder: string | undefined

after(async () => {
  await removeCluster(context.layout)
  if (folder !== undefined) await rm(folder, { recursive: true, force: true })
})

const load = ['--profile=warm-up:2s@30,hold:48s@30', '--users=30', '--slo=p99=60s', '--noisy-ok', '--observe=off']
const faults = ['--fault=cut-node@8s+12s', '--fault=kill-node@32s+1s']
const settings = ['--backend=mysql', '--runtime=swarm', '--images=local', `--gateways=${gateways}`]

/** A run as a command in the cluster's network; `onLoad` is called once, as the load begins. */
async function run(cluster: PracticeCluster, out: string, onLoad: () => Promise<void>): Promise<Result> {
  const lab = [process.execPath, 'scripts/launch.mjs', 'run', 'steady', ...settings, ...load, ...faults]
  const [program = '', ...args] = [...cluster.enter, ...lab, `--knob=heartbeatMs=${heartbeatMs}`, `--out=${out}`]
  const env = { ...process.env, DOCKER_HOST: cluster.host, XDG_STATE_HOME: out }
  const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(child, 'exit')
  const said: string[] = []
  let looked: Promise<void> | undefined
  for await (const line of createInterface(child.stderr)) {
    said.push(line)
    if (line.startsWith('connecting')) looked = onLoad()
  }
  await ended
  assert.ok(looked !== undefined, said.join('\n'))
  await looked
  const [name] = (await readdir(out)).filter((entry) => entry.includes('steady'))
  return JSON.parse(await readFile(join(out, name!, 'result.json'), 'utf8'))
}

async function tasksOf(cluster: PracticeCluster): Promise<(Task & { readonly node: string })[]> {
  const { manager } = cluster
  const names = new Map((await cluster.list()).map(({ ID, Description }) => [ID, Description.Hostname]))
  const tasks = await listTasks(manager, runStack, await listServices(manager, runStack))
  return tasks.filter(isServing).map((task) => ({ ...task, node: names.get(task.nodeId)! }))
}

async function lookAt(cluster: PracticeCluster): Promise<void> {
  const tasks = await tasksOf(cluster)
  const nodesOf = (service: string) => tasks.filter((task) => task.service === service).map(({ node }) => node)
  for (const [service, count] of [
    ['gateway', gateways],
    ['api', 2],
    ['persister', 2],
  ] as const) {
    assert.equal(nodesOf(service).length, count, service)
    assert.ok(new Set(nodesOf(service)).size > 1, `${service} is on ${nodesOf(service)}`)
  }
  for (const service of ['mysql', 'kafka', 'edge']) assert.deepEqual(nodesOf(service), ['n1'], service)
  const store = tasks.find(({ service }) => service === 'mysql')!.addresses.data!
  const reaches = async (from: Task & { readonly node: string }) => {
    const script = `[ "$(nc -w 2 ${store} ${storePort} </dev/null | head -c 5 | wc -c)" = 5 ]`
    return (await exitCodeIn(await cluster.daemonOf(from.node), from.containerId, ['sh', '-c', script])) === 0
  }
  const away = tasks.find(({ service, node }) => service === 'gateway' && node !== 'n1')!
  assert.ok(await reaches(away), `a gateway on ${away.node} does not reach the store`)
  assert.ok(!(await reaches(tasks.find(({ service }) => service === 'edge')!)), 'the edge reaches the store')
}

test('a node cut off and a node killed cost time and no message', async (t) => {
  if (skippedWithoutNodes(t)) return
  const cluster = await makeCluster({ nodes: 3, dispatcherHeartbeatMs: 1_000 }, context)
  const { env, signal } = context
  await bringSupplies('mysql', { daemon: cluster.manager, env, signal, onProgress: () => undefined })
  folder = await mkdtemp(join(tmpdir(), 'lab-nodes-'))
  const result = await run(cluster, folder, () => lookAt(cluster))
  const { ledger, disturbance, verdict, phases } = result
  assert.deepEqual(
    ledger.counters.filter(({ count }) => count !== 0),
    [],
  )
  const sent = phases.reduce((sum, phase) => sum + phase.sent, 0)
  assert.deepEqual([ledger.audit.rowsRead, ledger.audit.foreignRows], [sent, 0])
  assert.ok(['PASS', 'INVALID'].includes(verdict.outcome), JSON.stringify(verdict.reasons))
  assert.deepEqual(
    disturbance?.steps.map(({ what, untilS }) => [what, untilS !== null]),
    [
      ['node cut off, its sockets open and silent', true],
      ['node killed, as if its power failed', true],
    ],
  )
  // Both left sockets open and silent, and every client of them came back to all it had missed.
  for (const { what, sockets } of disturbance!.steps) assert.ok((sockets.silent?.n ?? 0) > 0, what)
  assert.equal(disturbance!.sockets.notResumed, 0)
  assert.ok(isEmpty(await leftoversOf(cluster.manager, runStack)))
  await cluster.until(cluster.nodes, 'ready')
})
