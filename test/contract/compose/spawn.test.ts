import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { test } from 'node:test'
import type { EnvironmentError, RunningProcess } from '../../../compose/component.ts'
import { isRunning, processStat } from '../../../compose/native/proc.ts'
import { DEAF, DEAF_FAMILY, IDLE, program, testSession } from '../../support/compose/session.ts'

/** Whether this very process still runs, asked by the start time it had when it was seen first. */
const watch = (pid: number) => {
  const startTicks = processStat(pid)?.startTicks ?? -1
  return () => isRunning(pid, startTicks)
}

const childOf = async (process: RunningProcess): Promise<number> =>
  Number(/child (\d+)/.exec(await readFile(process.logFile, 'utf8'))?.[1])

test('a process that ends by itself tells its exit code, and that nobody asked', async (t) => {
  const { session } = await testSession(t)
  const process = await session.spawn(program('short', `process.exit(7)`, { ready: async () => {} }))
  assert.deepEqual(await process.exited, { code: 7, signal: null, asked: false })
})

test('a process that somebody else kills tells the signal, and that nobody asked', async (t) => {
  const { session } = await testSession(t)
  const victim = await session.spawn(program('victim', IDLE))
  process.kill(victim.pid, 'SIGKILL')
  assert.deepEqual(await victim.exited, { code: null, signal: 'SIGKILL', asked: false })
})

test('stop ends a polite process by SIGTERM and says that it was asked', async (t) => {
  const { session } = await testSession(t)
  const process = await session.spawn(program('polite', IDLE))
  await process.stop()
  assert.deepEqual(await process.exited, { code: null, signal: 'SIGTERM', asked: true })
})

test('stop ends a deaf process and its deaf child in a session of its own', async (t) => {
  const { session } = await testSession(t)
  const process = await session.spawn(program('family', DEAF_FAMILY))
  const parentRuns = watch(process.pid)
  const childRuns = watch(await childOf(process))
  assert.ok(parentRuns() && childRuns())
  await process.stop(50)
  assert.deepEqual([parentRuns(), childRuns()], [false, false])
})

test('kill takes the children along', async (t) => {
  const { session } = await testSession(t)
  const process = await session.spawn(program('family', DEAF_FAMILY))
  const childRuns = watch(await childOf(process))
  process.kill()
  assert.deepEqual(await process.exited, { code: null, signal: 'SIGKILL', asked: true })
  await process.stop()
  assert.equal(childRuns(), false)
})

test('close ends everything, last started first, deletes the data and keeps the logs', async (t) => {
  const { session } = await testSession(t)
  const ended: string[] = []
  const pids = []
  for (const name of ['first', 'second', 'third']) {
    const process = await session.spawn(program(name, IDLE))
    void process.exited.then(() => ended.push(name))
    pids.push(watch(process.pid))
  }
  await session.close()
  assert.deepEqual(ended, ['third', 'second', 'first'])
  assert.deepEqual(
    pids.map((runs) => runs()),
    [false, false, false],
  )
  await assert.rejects(readFile(`${session.dataDir}/.chat-lab-session`), { code: 'ENOENT' })
  assert.equal(await readFile(`${session.logDir}/first.log`, 'utf8'), 'ready\n')
})

test('a process that dies before it is ready rejects with its last log lines, secrets removed', async (t) => {
  const { session } = await testSession(t)
  const source = `console.error('bad password hunter2 for db://user:hunter2@host'); process.exit(3)`
  const start = session.spawn(program('broken', source, { secrets: ['hunter2'] }))
  const error = (await start.then(
    () => null,
    (reason) => reason,
  )) as EnvironmentError
  assert.equal(error.code, 'ENV-START')
  assert.match(error.message, /broken ended with exit code 3/)
  assert.deepEqual(error.logLines, ['bad password *** for db://***@host'])
})

test('a process that finds its port taken rejects with ENV-PORT', async (t) => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const { port } = server.address() as { port: number }
  const { session } = await testSession(t)
  const source = `require('node:net').createServer().listen(${port}, '127.0.0.1', () => console.log('ready'))`
  await assert.rejects(session.spawn(program('second', source)), { code: 'ENV-PORT', component: 'second' })
})

test('a start that takes too long rejects and leaves no process', async (t) => {
  const { session } = await testSession(t)
  const source = DEAF.replace('ready', 'pid ' + "' + process.pid + '")
  let runs = () => true
  const ready = async (process: RunningProcess, signal: AbortSignal) => {
    runs = watch(process.pid)
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  }
  const start = session.spawn(program('slow', source, { ready, readyTimeoutMs: 100 }))
  await assert.rejects(start, { code: 'ENV-START', message: /was not ready within 0.1 s/ })
  assert.equal(runs(), false)
})

test('a program that is not there rejects with ENV-MISSING', async (t) => {
  const { session } = await testSession(t)
  const start = session.spawn(program('ghost', '', { command: '/no/such/program' }))
  await assert.rejects(start, { code: 'ENV-MISSING', component: 'ghost' })
})

test('aborting the session rejects a pending start with the reason and leaves no process', async (t) => {
  const { session, abort } = await testSession(t)
  let runs = () => true
  const ready = async (process: RunningProcess) => {
    runs = watch(process.pid)
    abort.abort(new Error('interrupted'))
    await new Promise(() => undefined)
  }
  await assert.rejects(session.spawn(program('pending', IDLE, { ready })), /interrupted/)
  assert.equal(runs(), false)
  await assert.rejects(session.spawn(program('later', IDLE)), /interrupted/)
})

test('a process sees its own variables and the few all programs need, not the secrets of the user', async (t) => {
  const { session } = await testSession(t, { env: { USERS_SECRET: 'x' } })
  const source = `console.log(JSON.stringify([process.env.OWN, process.env.USERS_SECRET, !!process.env.HOME])); ${IDLE}`
  const process = await session.spawn(program('env', source, { env: { OWN: 'yes' } }))
  assert.match(await readFile(process.logFile, 'utf8'), /\["yes",null,true\]/)
})

test('a later start of the same name has a log file of its own', async (t) => {
  const { session } = await testSession(t)
  const first = await session.spawn(program('twice', IDLE))
  await first.stop()
  const second = await session.spawn(program('twice', IDLE))
  assert.notEqual(first.logFile, second.logFile)
})
