/** A practice cluster of real Docker daemons: made, hurt, found again and taken away, whoever ended its maker. */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { allProcesses } from '../../../compose/native/proc.ts'
import { findCluster, makeCluster, type PracticeCluster, removeCluster } from '../../../compose/swarm/nodes/cluster.ts'
import { findHolders } from '../../../compose/swarm/nodes/holders.ts'
import type { Layout } from '../../../compose/swarm/nodes/layout.ts'
import { nodesContext, skippedWithoutNodes } from '../../support/docker/nodes.ts'

const context = nodesContext('chat-nodes-contract')
const { layout } = context
const options = { nodes: 3, dispatcherHeartbeatMs: 1_000 }

after(() => removeCluster(layout))

function leftOf({ folder, cgroup }: Layout): unknown[] {
  const root = '/sys/fs/cgroup'
  const groups = readdirSync(root).map((name) => join(root, name, cgroup))
  return [...findHolders(layout), ...[folder, join(root, cgroup), ...groups].filter(existsSync)]
}

/** Each with its network, as far as they did not end while we looked. */
function processesOf({ folder }: Layout) {
  return allProcesses().flatMap(({ pid }) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      return command.includes(folder) ? [{ command, network: readlinkSync(`/proc/${pid}/ns/net`) }] : []
    } catch {
      return []
    }
  })
}

/** `open`, or the code of the error. */
const knock = (host: string, port: number) => `
  const socket = require('node:net').connect({ host: '${host}', port: ${port}, timeout: 2000 })
  const end = (how) => { console.log(how); process.exit(0) }
  socket.on('connect', () => end('open')).on('timeout', () => end('timeout')).on('error', ({ code }) => end(code))`

function knockInside({ enter }: PracticeCluster, host: string, port: number): string {
  const [program = '', ...rest] = [...enter, process.execPath, '-e', knock(host, port)]
  return execFileSync(program, rest, { encoding: 'utf8' }).trim()
}

test('three nodes are a Swarm that this machine does not reach, and its clients do', async (t) => {
  if (skippedWithoutNodes(t)) return
  const cluster = await makeCluster(options, context)
  assert.deepEqual(
    (await cluster.list()).map(({ Description, Status }) => `${Description.Hostname} ${Status.State}`).sort(),
    ['n1 ready', 'n2 ready', 'n3 ready'],
  )
  for (const node of ['10.99.7.11', '10.99.7.12']) assert.equal(knockInside(cluster, node, 7946), 'open', node)
  // What is in no network of this machine cannot listen there.
  const processes = processesOf(layout)
  assert.ok(processes.length > 9, `${processes.length} processes`)
  const here = readlinkSync('/proc/self/ns/net')
  for (const { command, network } of processes) assert.notEqual(network, here, command)
})

test('a node that is killed, cut off or leaves is missed, and taken back', async (t) => {
  if (skippedWithoutNodes(t)) return
  const cluster = (await findCluster(context))!
  assert.deepEqual(cluster.nodes, ['n1', 'n2', 'n3'])
  await cluster.kill('n3')
  await cluster.cut('n2')
  await cluster.until(['n2', 'n3'], 'down')
  assert.deepEqual([cluster.isRunning('n2'), cluster.isRunning('n3')], [true, false])
  await Promise.all([cluster.start('n3'), cluster.heal('n2')])
  await cluster.until(cluster.nodes, 'ready')
  await cluster.leave('n2')
  await cluster.until(['n2'], 'down')
  await cluster.join('n2')
  await cluster.until(cluster.nodes, 'ready')
  assert.equal((await cluster.list()).length, 3)
})

test('goes whole, and twice is no error', async (t) => {
  if (skippedWithoutNodes(t)) return
  assert.equal(await removeCluster(layout), true)
  assert.deepEqual(leftOf(layout), [])
  assert.equal(await removeCluster(layout), false)
  assert.equal(await findCluster(context), null)
})

test('what a maker that was killed left is found and removed', async (t) => {
  if (skippedWithoutNodes(t)) return
  const url = (path: string) => new URL(`../../../compose/swarm/nodes/${path}`, import.meta.url).href
  const script = `
    const { makeCluster } = await import('${url('cluster.ts')}')
    const { layoutOf } = await import('${url('layout.ts')}')
    const context = { layout: layoutOf('${layout.folder}'), env: process.env, signal: new AbortController().signal }
    await makeCluster(${JSON.stringify(options)}, context)`
  const maker = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' })
  const ended = once(maker, 'exit')
  while (!findHolders(layout).some(({ member }) => member === 'n1')) await delay(10)
  maker.kill('SIGKILL')
  await ended
  assert.ok(leftOf(layout).length > 0)
  assert.equal(await removeCluster(layout), true)
  assert.deepEqual(leftOf(layout), [])
})
