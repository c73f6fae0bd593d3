import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { machineSample } from '../../../compose/native/accounting.ts'
import { waitForLine } from '../../../compose/native/logs.ts'
import { descendants, hasInEnvironment, isRunning, processStat } from '../../../compose/native/proc.ts'
import { DEAF_FAMILY, IDLE, program, testSession } from '../../support/compose/session.ts'

const linux = process.platform === 'linux' ? {} : { skip: 'needs Linux /proc' }
/** Burns CPU time until the process itself has counted `seconds` of it. */
const burn = (seconds: number) => `while (process.cpuUsage().user + process.cpuUsage().system < ${seconds * 1e6});`

test('CPU time of a process is what the process itself counts', linux, async (t) => {
  const { session } = await testSession(t)
  await session.spawn(program('worker', `${burn(0.2)} ${IDLE}`))
  const { cpuSeconds = 0, residentBytes = 0 } = session.sample().processes.get('worker') ?? {}
  assert.ok(cpuSeconds >= 0.18 && cpuSeconds < 0.6, `${cpuSeconds} s`)
  assert.ok(residentBytes > 20e6 && residentBytes < 300e6, `${residentBytes} bytes`)
})

test('CPU time of children counts, of living ones and of those that ended', linux, async (t) => {
  const { session } = await testSession(t)
  const run = (how: string) =>
    `require('node:child_process').${how}(process.execPath, ['-e', ${JSON.stringify(burn(0.2))}])`
  await session.spawn(program('parent', `${run('spawnSync')}; ${IDLE}`))
  const { cpuSeconds = 0 } = session.sample().processes.get('parent') ?? {}
  assert.ok(cpuSeconds >= 0.2, `${cpuSeconds} s`)
})

test('counters go on over a restart, and an ended process holds no memory', linux, async (t) => {
  const { session } = await testSession(t)
  const first = await session.spawn(program('again', `${burn(0.2)} ${IDLE}`))
  const before = session.sample().processes.get('again')
  await first.stop()
  assert.equal(session.sample().processes.get('again')?.residentBytes, 0)
  await session.spawn(program('again', IDLE))
  const after = session.sample().processes.get('again')
  assert.ok((after?.cpuSeconds ?? 0) > (before?.cpuSeconds ?? 0), `${before?.cpuSeconds} then ${after?.cpuSeconds}`)
  assert.ok((after?.residentBytes ?? 0) > 0)
})

test('bytes written to disk are counted', linux, async (t) => {
  const { session } = await testSession(t)
  const source = `const fs = require('node:fs'); const f = fs.openSync('${session.logDir}/file', 'w')
    fs.writeSync(f, Buffer.alloc(3e6)); fs.fsyncSync(f); ${IDLE}`
  await session.spawn(program('writer', source))
  const { writtenBytes } = session.sample().processes.get('writer') ?? {}
  assert.ok(writtenBytes === null || (writtenBytes ?? 0) >= 3e6, `${writtenBytes} bytes`)
})

test('write calls are counted, those of children too, and go on over a restart', linux, async (t) => {
  const { session } = await testSession(t)
  const write = (calls: number) => `const fs = require('node:fs'); const f = fs.openSync('${session.logDir}/calls', 'w')
    for (let i = 0; i < ${calls}; i++) fs.writeSync(f, 'x')`
  const child = `require('node:child_process').execFileSync(process.execPath, ['-e', ${JSON.stringify(write(2_000))}])`
  const first = await session.spawn(program('caller', `${child}; ${write(1_000)}; ${IDLE}`))
  const { writeCalls: before } = session.sample().processes.get('caller') ?? {}
  assert.ok(before === null || (before! >= 3_000 && before! < 10_000), `${before} calls`)
  await first.stop()
  await session.spawn(program('caller', `${write(500)}; ${IDLE}`))
  const { writeCalls: after } = session.sample().processes.get('caller') ?? {}
  assert.ok(before === null || after! >= before! + 500, `${before} then ${after} calls`)
})

test('the machine is at least as busy as a process of it', linux, async () => {
  const before = machineSample()
  spawnSync(process.execPath, ['-e', burn(0.2)])
  const after = machineSample()
  assert.ok(after.busySeconds - before.busySeconds >= 0.18, `${after.busySeconds - before.busySeconds} s`)
})

test('a process is known by its start time, so a pid that is used again is not taken for it', linux, () => {
  const stat = processStat(process.pid)
  assert.ok(stat && isRunning(process.pid, stat.startTicks))
  assert.equal(isRunning(process.pid, stat.startTicks + 1), false)
})

test('descendants are found across sessions, and by the mark in their environment', linux, async (t) => {
  const { session } = await testSession(t)
  const parent = await session.spawn(program('family', DEAF_FAMILY))
  const line = await waitForLine(parent, (text) => text.startsWith('child'), AbortSignal.timeout(5_000))
  const child = Number(line.slice('child '.length))
  assert.deepEqual(
    descendants([parent.pid])
      .map(({ pid }) => pid)
      .sort(),
    [parent.pid, child].sort(),
  )
  const mark = await readFile(`${session.dataDir}/.chat-lab-session`, 'utf8')
  assert.ok(hasInEnvironment(child, `CHAT_LAB_SESSION=${mark}`))
  assert.equal(hasInEnvironment(child, `CHAT_LAB_SESSION=${mark}x`), false)
  parent.kill()
})
