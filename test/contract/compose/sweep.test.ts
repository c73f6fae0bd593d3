import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { isRunning, processStat } from '../../../compose/native/proc.ts'
import { IDLE, program, temporaryFolder, testSession } from '../../support/compose/session.ts'

const LAB = fileURLToPath(new URL('../../support/compose/lab-process.ts', import.meta.url))
/** Above the largest pid Linux gives. */
const NO_PID = 2 ** 22 + 1
const linux = process.platform === 'linux' ? {} : { skip: 'needs Linux /proc' }

interface OtherLab {
  readonly process: ChildProcess
  readonly parent: number
  readonly child: number
  readonly dataDir: string
}

async function otherLab(t: TestContext, cache: string): Promise<OtherLab> {
  const runDir = await temporaryFolder(t)
  const lab = spawn(process.execPath, [LAB, runDir, cache], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => lab.kill('SIGKILL'))
  const [line] = await once(createInterface(lab.stdout), 'line')
  return { process: lab, ...JSON.parse(line) }
}

const alive = (...pids: number[]) => {
  const seen = pids.map((pid) => [pid, processStat(pid)?.startTicks ?? -1] as const)
  return () => seen.map(([pid, startTicks]) => isRunning(pid, startTicks))
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

test('what a lab left that was killed with -9 is ended and deleted by the next', linux, async (t) => {
  const cache = await temporaryFolder(t)
  const lab = await otherLab(t, cache)
  const left = alive(lab.parent, lab.child)
  lab.process.kill('SIGKILL')
  await once(lab.process, 'exit')
  assert.deepEqual(left(), [true, true], 'without a sweep both go on')
  const { progress } = await testSession(t, { cache })
  assert.deepEqual(left(), [false, false])
  assert.equal(await exists(lab.dataDir), false)
  assert.match(progress[0]?.step ?? '', /ended family/)
  assert.equal((await readdir(join(cache, 'running'))).length, 1, 'only the new session is left')
})

test('a process that a killed lab had no time to register is found by its mark', linux, async (t) => {
  const cache = await temporaryFolder(t)
  const lab = await otherLab(t, cache)
  const left = alive(lab.parent, lab.child)
  lab.process.kill('SIGKILL')
  await once(lab.process, 'exit')
  const running = join(cache, 'running')
  for (const file of await readdir(running, { recursive: true })) {
    if (file.includes('process-')) await rm(join(running, file))
  }
  await testSession(t, { cache })
  assert.deepEqual(left(), [false, false])
})

test('the processes and folders of a living lab are left alone', linux, async (t) => {
  const cache = await temporaryFolder(t)
  const lab = await otherLab(t, cache)
  const theirs = alive(lab.parent, lab.child)
  await testSession(t, { cache })
  assert.deepEqual(theirs(), [true, true])
  assert.equal(await exists(lab.dataDir), true)
  lab.process.kill('SIGKILL')
  await once(lab.process, 'exit')
  await testSession(t, { cache })
  assert.deepEqual(theirs(), [false, false])
})

test('a pid that belongs to another process by now is not killed', linux, async (t) => {
  const cache = await temporaryFolder(t)
  const { session } = await testSession(t)
  const bystander = await session.spawn(program('bystander', IDLE))
  const runs = alive(bystander.pid)
  await deadSession(cache, { pid: NO_PID, startTicks: 1 }, { pid: bystander.pid, startTicks: 2, name: 'long gone' })
  await testSession(t, { cache })
  assert.deepEqual(runs(), [true])
})

test('a session of another machine that shares the cache folder is left alone', linux, async (t) => {
  const cache = await temporaryFolder(t)
  const { session } = await testSession(t)
  const theirs = await session.spawn(program('theirs', IDLE))
  const startTicks = processStat(theirs.pid)?.startTicks ?? 0
  const runs = alive(theirs.pid)
  await deadSession(cache, { host: 'another-machine', pid: NO_PID }, { pid: theirs.pid, startTicks, name: 'theirs' })
  await testSession(t, { cache })
  assert.deepEqual(runs(), [true])
  assert.ok((await readdir(join(cache, 'running'))).includes('dead'))
})

test('a folder without the mark of its session is never deleted', linux, async (t) => {
  const cache = await temporaryFolder(t)
  const precious = await temporaryFolder(t)
  await writeFile(join(precious, 'thesis.txt'), 'years of work')
  await deadSession(cache, { startTicks: 1 }, undefined, precious)
  await testSession(t, { cache })
  assert.equal(await readFile(join(precious, 'thesis.txt'), 'utf8'), 'years of work')
})

test('a run folder that already holds a data folder is refused', async (t) => {
  const { session } = await testSession(t)
  const { openSession } = await import('../../../compose/native/session.ts')
  const runDir = join(session.dataDir, '..')
  const onProgress = () => undefined
  const again = openSession({ runDir, onProgress, signal: AbortSignal.timeout(5_000), env: process.env })
  await assert.rejects(again, { code: 'ENV-START', component: 'session' })
})

/** Writes the entry a lab would have left, as if this process had owned it; `owner` changes what must differ. */
async function deadSession(cache: string, owner: object, entry?: object, folder?: string): Promise<void> {
  const { pidScope } = await import('../../../compose/native/proc.ts')
  const { hostname } = await import('node:os')
  const path = join(cache, 'running', 'dead')
  await mkdir(path, { recursive: true })
  const startTicks = processStat(process.pid)?.startTicks
  const whole = { pid: process.pid, startTicks, host: hostname(), ...pidScope(), ...owner }
  await writeFile(join(path, 'owner.json'), JSON.stringify(whole))
  if (entry) await writeFile(join(path, 'process-1.json'), JSON.stringify(entry))
  if (folder) await writeFile(join(path, 'folder-1.json'), JSON.stringify(folder))
}
