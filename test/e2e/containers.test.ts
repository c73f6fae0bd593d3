/** A run whose engines are containers, on a real daemon: audited and judged like any other, and nothing left. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type TestDaemon, testDaemon } from '../support/docker/dockerd.ts'
import { reference, resolved, runForTest } from '../support/lab-run.ts'

let docker: TestDaemon
before(async () => {
  docker = await testDaemon({ ports: true })
})
after(async () => {
  if (docker.available) await docker.stop()
})

test('kill -9 of a Kafka in a container loses no acked message, and the run leaves nothing on the daemon', async (t) => {
  if (!docker.available) {
    if (process.env.CI) assert.fail(docker.reason)
    return t.skip(docker.reason)
  }
  const { daemon, env } = docker
  const run = resolved(
    '--backend=mysql',
    '--runtime=containers',
    '--images=local',
    '--users=50',
    '--compacted',
    '--slo=p99=60s',
    '--profile=base:4s@50,hold:12s@50,recovery:8s@50',
    '--fault=kill-kafka@6s+2s',
  )
  const { result } = await runForTest(run, reference(run), { env })
  const losses = result.ledger.counters.filter(({ count }) => count !== 0)
  assert.deepEqual(losses, [])
  assert.equal(result.target.runtime, 'containers')
  assert.deepEqual(
    result.target.engines.map(({ origin }) => origin),
    ['container', 'container'],
  )
  assert.match(result.environment.versions.storeImage ?? '', /^chat-lab\/mysql:[0-9a-f]{12} \(sha256:[0-9a-f]{64}\)$/)
  // The daemon's figure: more than the journal, which is apart, and grown with what was stored.
  const { bytesEmpty, bytesAfter, bytesCompacted, journalBytes } = result.storage!
  assert.ok(bytesEmpty > 1e6 && bytesAfter > bytesEmpty && bytesCompacted! > bytesEmpty, JSON.stringify(result.storage))
  assert.ok(journalBytes > 1e6, JSON.stringify(result.storage))
  const used = result.resources.components.filter(({ name }) => ['mysql', 'kafka', 'docker'].includes(name))
  assert.equal(used.length, 3)
  const filters = { label: ['chat-lab.session'] }
  assert.deepEqual(await daemon.api.listContainers({ all: true, filters }), [])
  assert.deepEqual((await daemon.api.listVolumes({ filters })).Volumes ?? [], [])
})
