import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { ContainerChoice, EnvironmentError, Progress } from '../../../compose/component.ts'
import { usageIn } from '../../../compose/containers/meter.ts'
import { notStarted, onThisMachine } from '../../../compose/containers/obstacles.ts'
import type { Daemon } from '../../../compose/docker/daemon.ts'
import { openSession } from '../../../compose/native/session.ts'
import { temporaryFolder } from '../../support/compose/session.ts'

const daemonAt = (host: string) => ({ host, from: 'DOCKER_HOST' }) as Daemon

test('a daemon of this machine is used, one of another is refused with the reason', () => {
  for (const host of [
    'unix:///run/docker.sock',
    'npipe:////./pipe/docker',
    'tcp://127.0.0.1:2375',
    'tcp://localhost:1',
  ])
    assert.equal(onThisMachine(daemonAt(host)).host, host)
  for (const host of ['tcp://10.0.0.7:2376', 'ssh://me@far.example', 'tcp://127.0.0.1.far.example:1'])
    assert.throws(() => onThisMachine(daemonAt(host)), { code: 'ENV-UNREACHABLE', message: /is on another machine/ })
})

test('what the daemon says of a start that failed becomes a cause the user can act on', () => {
  const code = (message: string) => (notStarted('kafka', new Error(message)) as EnvironmentError).code
  const bind = 'driver failed programming external connectivity: Bind for 127.0.0.1:9 failed: port is already allocated'
  assert.equal(code(`(HTTP code 500) server error - ${bind}`), 'ENV-PORT')
  assert.equal(code('listen tcp4 127.0.0.1:9: bind: address already in use'), 'ENV-PORT')
  assert.equal(code('mkdir /var/lib/docker/volumes/x: no space left on device'), 'ENV-DISK')
  const other = notStarted('kafka', new Error('(HTTP code 500) server error - no such runtime')) as EnvironmentError
  assert.deepEqual(
    [other.code, other.message],
    ['ENV-START', 'The container of kafka could not be started: no such runtime'],
  )
  assert.equal(notStarted('kafka', other), other)
})

test('usage is read from both forms of the daemon’s statistics, and never goes back', () => {
  const v1 = usageIn({
    cpu_stats: { cpu_usage: { total_usage: 2.5e9 } },
    memory_stats: { stats: { total_rss: 100, total_mapped_file: 7, cache: 1e6 } },
    blkio_stats: {
      io_service_bytes_recursive: [
        { op: 'Read', value: 3 },
        { op: 'Write', value: 4 },
        { op: 'Total', value: 7 },
        { op: 'Write', value: 5 },
      ],
    },
  })
  assert.deepEqual(v1, { cpuSeconds: 2.5, residentBytes: 107, readBytes: 3, writtenBytes: 9, writeCalls: null })
  const v2 = usageIn({ memory_stats: { stats: { anon: 50, file_mapped: 1 } } }, v1)
  assert.deepEqual(v2, { ...v1, residentBytes: 51 })
  assert.deepEqual(usageIn({}, v2), { ...v2, residentBytes: 0 })
  assert.equal(usageIn({}).readBytes, null)
})

test('without a Docker a container that is wanted is refused, and one that is possible is native, with the reason', async (t) => {
  const folder = await temporaryFolder(t)
  const DOCKER_HOST = `unix://${folder}/no.sock`
  const env = { PATH: '', HOME: folder, CHAT_LAB_CACHE: join(folder, 'cache'), DOCKER_HOST }
  const progress: Progress[] = []
  const open = (name: string, when: ContainerChoice['when'], more = {}) =>
    openSession({
      runDir: join(folder, name),
      env: { ...env, ...more },
      signal: new AbortController().signal,
      onProgress: (each) => void progress.push(each),
      containers: { when, only: ['kafka'], images: 'auto' },
    })
  const wanting = await open('wanting', 'wanted')
  t.after(() => wanting.close())
  await assert.rejects(wanting.start('kafka'), { component: 'docker', code: 'ENV-UNREACHABLE' })
  // Not named, so native, and native it is not to be had here.
  await assert.rejects(wanting.start('mysql'), { component: 'mysql' })
  const trying = await open('trying', 'possible')
  t.after(() => trying.close())
  await assert.rejects(trying.start('kafka'), { component: 'java' })
  const reasons = progress.filter(({ component, step }) => component === 'kafka' && step.includes('not in a container'))
  assert.equal(reasons.length, 1)
  assert.match(reasons[0]!.step, /^native, not in a container: The Docker daemon does not run/)
  // What the environment names comes before both.
  const given = await open('given', 'wanted', { KAFKA_URL: '127.0.0.1:1' })
  t.after(() => given.close())
  await assert.rejects(given.start('kafka'), { component: 'kafka', message: /No Kafka answers at 127\.0\.0\.1:1/ })
})
