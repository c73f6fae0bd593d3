import assert from 'node:assert/strict'
import { test } from 'node:test'
import { machineCores, moveSelf } from '../../../compose/native/cores.ts'
import { coresOf, descendants } from '../../../compose/native/proc.ts'
import { DEAF_FAMILY, IDLE, program, testSession } from '../../support/compose/session.ts'

const { allowed, obstacle } = machineCores()
const able = obstacle === null && (allowed?.length ?? 0) > 1 ? {} : { skip: obstacle ?? 'needs two cores' }
const [first, second] = (allowed ?? []).map(String)
const all = coresOf(process.pid)!

test(
  'a process group, its child and its next start are kept to their cores, and that is read from the kernel',
  able,
  async (t) => {
    const { session } = await testSession(t, { coresOf: (group) => (group === 'family' ? second! : all) })
    const parent = await session.spawn(program('family', DEAF_FAMILY))
    await session.spawn(program('free', IDLE))
    const family = descendants([parent.pid]).map(({ pid }) => pid)
    assert.equal(family.length, 2)
    assert.deepEqual(family.map(coresOf), [second, second])
    assert.deepEqual([session.cores().get('family'), session.cores().get('free')], [[second], [all]])
    parent.kill()
    await parent.exited
    const again = await session.spawn(program('family', DEAF_FAMILY))
    assert.deepEqual(
      descendants([again.pid]).map(({ pid }) => coresOf(pid)),
      [second, second],
    )
    assert.deepEqual(session.cores().get('family'), [second])
    again.kill()
  },
)

test('the program itself counts no more cores than it has', able, async (t) => {
  const { session } = await testSession(t, { coresOf: () => first! })
  const source = `if (require('node:os').availableParallelism() !== 1) process.exit(3); ${IDLE}`
  await session.spawn(program('alone', source))
})

test('without core sets a group has all cores; one that leaves its own is seen, child or not', able, async (t) => {
  const { session } = await testSession(t)
  const source = `
    const { execFileSync, spawn } = require('node:child_process')
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'])
    execFileSync('taskset', ['-a', '-c', '-p', '${first}', String(child.pid)])
    ${IDLE}`
  const free = await session.spawn(program('free', source))
  assert.deepEqual(session.cores().get('free'), [first, all].sort())
  free.kill()
  await free.exited
  assert.deepEqual(session.cores().get('free'), [first, all].sort(), 'what was seen is not forgotten')
})

test('the lab moves itself, all its threads, and back', able, async (t) => {
  t.after(() => moveSelf(all, process.env))
  await moveSelf(first!, process.env)
  assert.equal(coresOf(process.pid), first)
  await moveSelf(all, process.env)
  assert.equal(coresOf(process.pid), all)
  await assert.rejects(moveSelf('9999', process.env), { code: 'ENV-START', component: 'lab' })
})
