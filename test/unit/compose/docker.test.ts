import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { EnvironmentError } from '../../../compose/component.ts'
import { obstacle, openDaemon } from '../../../compose/docker/daemon.ts'
import { candidates } from '../../../compose/docker/endpoint.ts'

const nothing = async (path: string): Promise<string> => {
  throw new Error(`there is no ${path}`)
}
const reader = (files: Record<string, string>) => async (path: string) => files[path] ?? nothing(path)

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'lab-d-'))
  t.after(() => rm(path, { recursive: true, force: true }))
  return path
}

test('the daemon is looked for as the docker program does', async () => {
  const usual = await candidates({ XDG_RUNTIME_DIR: '/run/user/7' }, '/home/me', nothing)
  assert.deepEqual(
    usual.map(({ host }) => host),
    ['unix:///var/run/docker.sock', 'unix:///home/me/.docker/run/docker.sock', 'unix:///run/user/7/docker.sock'],
  )
  const id = createHash('sha256').update('far').digest('hex')
  const files = {
    '/home/me/.docker/config.json': '{"currentContext":"far"}',
    [`/home/me/.docker/contexts/meta/${id}/meta.json`]: '{"Endpoints":{"docker":{"Host":"tcp://far.example:2376"}}}',
    [`/home/me/.docker/contexts/tls/${id}/docker/ca.pem`]: 'CA',
  }
  const [far, ...others] = await candidates({}, '/home/me', reader(files))
  assert.deepEqual(others, [])
  assert.equal(far?.from, 'context far')
  assert.deepEqual(far?.options, { protocol: 'https', host: 'far.example', port: 2376, ca: 'CA' })
  const [given] = await candidates({ DOCKER_HOST: 'unix:///x.sock', DOCKER_CONTEXT: 'far' }, '/home/me', reader(files))
  assert.deepEqual(given, { host: 'unix:///x.sock', from: 'DOCKER_HOST', options: { socketPath: '/x.sock' } })
})

test('a context that is not there and an address that is none are said by name', async () => {
  await assert.rejects(candidates({ DOCKER_CONTEXT: 'gone' }, '/home/me', nothing), /no Docker context named gone/)
  await assert.rejects(candidates({ DOCKER_HOST: 'what' }, '/home/me', nothing), /"what" is no address of a Docker/)
})

test('no Docker, a daemon that does not run and a socket of somebody else are told apart', async (t) => {
  const path = await folder(t)
  const endpoint = { host: 'unix:///s', from: 'default socket', options: {} }
  const error = (code: string) => Object.assign(new Error('x'), { code })
  const none = obstacle(endpoint, error('ENOENT'), { PATH: path })
  assert.equal(none.code, 'ENV-MISSING')
  assert.match(none.message, /no Docker here/)
  assert.match(obstacle(endpoint, error('EACCES'), { PATH: path }).message, /permission denied/)
  await writeFile(join(path, 'docker'), '')
  await chmod(join(path, 'docker'), 0o755)
  const stopped = obstacle(endpoint, error('ENOENT'), { PATH: path })
  assert.equal(stopped.code, 'ENV-UNREACHABLE')
  assert.match(stopped.message, /does not run/)
})

test('a socket where nobody listens, and one where something else does', async (t) => {
  const path = await folder(t)
  const home = join(path, 'home')
  await mkdir(home)
  const at = (name: string) => openDaemon({ PATH: path, HOME: home, DOCKER_HOST: `unix://${join(path, name)}` })
  await assert.rejects(at('none.sock'), (error: EnvironmentError) => /nothing answers/.test(error.message))
  const server = createServer((socket) => socket.end('hello\n'))
  t.after(() => server.close())
  await new Promise<void>((resolve) => server.listen(join(path, 'other.sock'), resolve))
  await assert.rejects(at('other.sock'), (error: EnvironmentError) => /No Docker daemon answers/.test(error.message))
})
