import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { StoreError } from '../../../system/stores/store.ts'
import { patiently } from '../../../system/wiring/patiently.ts'

const logger = pino({ level: 'silent' })
const failure = (retryable: boolean) =>
  new StoreError('STORE-UNREACHABLE', 'nobody there', { effect: 'definite', retryable })

/** Fails that often, then works. */
function failing(times: number, retryable: boolean) {
  let tries = 0
  const work = async () => {
    tries += 1
    if (tries <= times) throw failure(retryable)
    return 'open'
  }
  return { work, tries: () => tries }
}

test('an engine that answers later is waited for', async () => {
  const { work, tries } = failing(1, true)
  assert.equal(await patiently(work, { untilMs: Date.now() + 60_000, logger }), 'open')
  assert.equal(tries(), 2)
})

test('what would not get better is told at once, and so is everything when nobody asked to wait', async () => {
  const never = failing(1, false)
  await assert.rejects(patiently(never.work, { untilMs: Date.now() + 60_000, logger }), /nobody there/)
  const impatient = failing(1, true)
  await assert.rejects(patiently(impatient.work, { untilMs: Date.now(), logger }), /nobody there/)
  const bug = patiently(() => Promise.reject(new TypeError('a bug')), { untilMs: Date.now() + 60_000, logger })
  await assert.rejects(bug, TypeError)
  assert.deepEqual([never.tries(), impatient.tries()], [1, 1])
})
