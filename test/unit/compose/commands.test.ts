import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRunning, processStat } from '../../../compose/native/proc.ts'
import { CommandError, run } from '../../../compose/provision/commands.ts'
import { diskFull } from '../../../compose/provision/disk.ts'
import { DEAF_FAMILY, testSession } from '../../support/compose/session.ts'

const { env, execPath: node } = process
const signal = new AbortController().signal

test('a tool gives its output, gets its input, and tells each line as it comes', async () => {
  const lines: string[] = []
  const source = `process.stdin.pipe(process.stdout); process.stdin.on('end', () => console.error('done'))`
  const output = await run(node, ['-e', source], {
    env,
    signal,
    input: 'one\ntwo\n',
    onLine: (line) => lines.push(line),
  })
  assert.equal(output, 'one\ntwo')
  assert.deepEqual(lines.sort(), ['done', 'one', 'two'])
})

test('a tool that fails says how and its last lines', async () => {
  const failed = run(node, ['-e', `console.error('no such mirror'); process.exit(9)`], { env, signal })
  await assert.rejects(
    failed,
    (error) => error instanceof CommandError && /code 9\n {2}no such mirror/.test(error.message),
  )
})

test('an aborted tool is ended with its children, and rejects with the reason', async () => {
  const abort = new AbortController()
  let child = 0
  let startTicks = 0
  const onLine = (line: string) => {
    child ||= Number(/child (\d+)/.exec(line)?.[1] ?? 0)
    startTicks ||= processStat(child)?.startTicks ?? 0
    if (line === 'ready') abort.abort(new Error('Ctrl-C'))
  }
  const source = DEAF_FAMILY.replace('detached: true', 'detached: false')
  await assert.rejects(run(node, ['-e', source], { env, signal: abort.signal, onLine }), /Ctrl-C/)
  assert.ok(child > 0)
  assert.equal(isRunning(child, startTicks), false)
})

test('a full disk is recognised by its code and by what tools write', () => {
  assert.equal(diskFull('x', Object.assign(new Error('write'), { code: 'ENOSPC' }))?.code, 'ENV-DISK')
  assert.equal(diskFull('x', new Error('tool'), ['initdb: No space left on device'])?.code, 'ENV-DISK')
  assert.equal(diskFull('x', Object.assign(new Error('denied'), { code: 'EACCES' })), null)
})

test('a run folder that cannot be written is told by the file system, not hidden', async (t) => {
  const { session } = await testSession(t)
  const { openSession } = await import('../../../compose/native/session.ts')
  const runDir = `${session.logDir}/a-file`
  await import('node:fs/promises').then(({ writeFile }) => writeFile(runDir, ''))
  await assert.rejects(openSession({ runDir, onProgress: () => undefined, signal, env }), { code: 'ENOTDIR' })
})
