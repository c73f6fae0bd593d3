/** The command line of a practice cluster. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { layoutOf, usualLayout } from '../../../compose/swarm/nodes/layout.ts'
import { obstacleToNodes } from '../../../compose/swarm/nodes/requirements.ts'
import { readNodesOptions } from '../../../lab/nodes/options.ts'
import { stackBackends } from '../../../lab/stack/options.ts'

function read(...args: string[]) {
  const problems: string[] = []
  return { options: readNodesOptions(args, problems), problems }
}

test('three nodes by default, that tell each second that they live', () => {
  assert.deepEqual(read('up'), {
    options: { action: 'up', nodes: 3, dispatcherHeartbeatMs: 1_000, backend: stackBackends[0] },
    problems: [],
  })
})

test('what follows run is a command with options of its own', () => {
  const command = ['npm', 'run', 'stack', '--', 'up', '--help', '--nodes=x']
  assert.deepEqual(read('run', ...command), { options: { action: 'run', command }, problems: [] })
  assert.match(read('run').problems.join(), /say what to run/)
})

test('every problem is told at once', () => {
  const { problems } = read('up', '--nodes=10', '--dispatcher-heartbeat=100ms', '--backend=sqlite', '--frob')
  assert.equal(problems.length, 4)
  assert.match(read('cut').problems.join(), /say which node: npm run nodes -- cut n3/)
  assert.match(read('cut', 'main').problems.join(), /say which node/)
  assert.match(read('cutt', 'n3').problems.join(), /did you mean cut\?/)
  assert.match(read().problems.join(), /say what to do/)
  assert.equal(read('--help').options, null)
})

test('a cluster is named by its folder', () => {
  assert.notEqual(layoutOf('/a').cgroup, layoutOf('/b').cgroup)
  assert.equal(usualLayout({ XDG_STATE_HOME: '/s' }).folder, '/s/chat-capacity-lab/nodes')
})

test('what it is made of is named with the packages that have it', () => {
  const error = obstacleToNodes({ PATH: '' })
  if (process.platform === 'linux' && process.getuid?.() === 0) {
    assert.match(error!.message, /There is no dockerd, containerd, iptables/)
    assert.match(error!.remedy, /docker\.io containerd iptables iproute2 util-linux/)
  } else assert.equal(error?.code, 'ENV-MISSING')
})
