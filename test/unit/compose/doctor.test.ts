import assert from 'node:assert/strict'
import { test } from 'node:test'
import { main } from '../../../scripts/doctor.ts'
import { temporaryFolder } from '../../support/compose/session.ts'

async function doctor(args: string[], env: Record<string, string | undefined>) {
  let out = ''
  let err = ''
  const stdout = { write: (text: string) => (out += text) }
  const stderr = { write: (text: string) => (err += text) }
  const code = await main(args, { stdout, stderr, env })
  return { code, out, err }
}

test('a machine without Go, Java, Maven and pip is told what to install, exit code 4', async (t) => {
  const folder = await temporaryFolder(t)
  const { code, out } = await doctor([], { PATH: '', HOME: folder, CHAT_LAB_CACHE: folder })
  assert.equal(code, 4)
  assert.match(out, /k6 +missing/)
  assert.match(out, /Install Go >= 1\.26, or python3 with pip/)
  assert.match(out, /npm run spike +cannot run/)
  for (const backend of ['mongo', 'mysql', 'postgres', 'cassandra'])
    assert.match(out, new RegExp(`--backend=${backend} +cannot run: k6, kafka, ${backend} missing`))
})

test('a Docker that does not answer is said to be missing, with its address and what to do', async (t) => {
  const folder = await temporaryFolder(t)
  const DOCKER_HOST = `unix://${folder}/no.sock`
  const { out } = await doctor([], { PATH: '', HOME: folder, CHAT_LAB_CACHE: folder, DOCKER_HOST })
  assert.match(out, /docker +missing .*--runtime=containers/)
  assert.ok(out.includes(`nothing answers at ${DOCKER_HOST} (DOCKER_HOST)`))
})

test('--json gives one object with the machine and every component', async (t) => {
  const folder = await temporaryFolder(t)
  const { code, out } = await doctor(['--json'], { PATH: '', HOME: folder, CHAT_LAB_CACHE: folder })
  const found = JSON.parse(out)
  assert.equal(code, 4)
  assert.equal(found.schema, 'lab.doctor/1')
  assert.deepEqual(
    found.components.map((each: { name: string }) => each.name),
    ['node', 'k6', 'go', 'kafka', 'java', 'mongo', 'mysql', 'postgres', 'cassandra', 'redis', 'prometheus', 'docker'],
  )
  assert.ok(found.machine.cores >= 1 && found.machine.freeDiskBytes > 0)
})

test('every wrong flag is named at once, with the nearest right one, exit code 2', async () => {
  const { code, out, err } = await doctor(['--jsno', '--verbose', 'kafka', '--json=yes'], {})
  assert.equal(code, 2)
  assert.equal(out, '')
  assert.match(err, /Unknown flag: --jsno\. Did you mean --json\?/)
  assert.match(err, /Unknown flag: --verbose\n/)
  assert.match(err, /Unexpected argument: kafka/)
  assert.match(err, /--json takes no value/)
})

test('--help goes to standard output with exit code 0', async () => {
  const { code, out } = await doctor(['--help'], {})
  assert.equal(code, 0)
  assert.match(out, /npm run doctor/)
})
