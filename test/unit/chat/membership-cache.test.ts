import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MembershipCache } from '../../../system/chat/membership-cache.ts'

/** A directory whose answers the test gives, in the order asked. */
function directory() {
  const asked: PromiseWithResolvers<boolean>[] = []
  const isMember = () => {
    const question = Promise.withResolvers<boolean>()
    asked.push(question)
    return question.promise
  }
  return { asked, isMember }
}

test('a yes is known until its lifetime ends, a no is asked again', async () => {
  const { asked, isMember } = directory()
  const cache = new MembershipCache(1_000, isMember, () => 0.9)
  const first = cache.check('r', 'u', 0)
  asked[0]!.resolve(true)
  assert.equal(await first, true)
  assert.equal(cache.knows('r', 'u', 859), true)
  assert.equal(cache.knows('r', 'u', 1_000), false)
  const second = cache.check('r', 'u', 1_000)
  asked[1]!.resolve(false)
  assert.equal(await second, false)
  assert.equal(cache.knows('r', 'u', 1_001), false)
})

test('all who ask at the same time share one look-up', async () => {
  const { asked, isMember } = directory()
  const cache = new MembershipCache(1_000, isMember)
  const both = Promise.all([cache.check('r', 'u', 0), cache.check('r', 'u', 0)])
  asked[0]!.resolve(true)
  assert.deepEqual(await both, [true, true])
  assert.equal(asked.length, 1)
})

test('an answer from before a change does not count', async () => {
  const { asked, isMember } = directory()
  const cache = new MembershipCache(1_000, isMember)
  const answer = cache.check('r', 'u', 0)
  cache.invalidate('r', 'u')
  asked[0]!.resolve(true)
  await Promise.resolve()
  await Promise.resolve()
  asked[1]!.resolve(false)
  assert.equal(await answer, false)
  assert.equal(cache.knows('r', 'u', 1), false)
})

test('a removed member is forgotten at once', async () => {
  const cache = new MembershipCache(1_000, async () => true)
  await cache.check('r', 'u', 0)
  cache.invalidate('r', 'u')
  assert.equal(cache.knows('r', 'u', 1), false)
})

test('an old yes is refreshed in the background, so that nobody waits when it expires', async () => {
  const { asked, isMember } = directory()
  const cache = new MembershipCache(1_000, isMember, () => 0)
  const first = cache.check('r', 'u', 0)
  asked[0]!.resolve(true)
  await first
  assert.equal(cache.knows('r', 'u', 499), true)
  assert.equal(asked.length, 1)
  assert.equal(cache.knows('r', 'u', 500), true)
  assert.equal(asked.length, 2)
  const refreshed = cache.check('r', 'u', 500)
  asked[1]!.resolve(true)
  await refreshed
  assert.equal(cache.knows('r', 'u', 1_499), true)
})

test('a refresh that fails leaves the answer as it was, and the next look-up reports the failure', async () => {
  let fails = false
  const cache = new MembershipCache(
    1_000,
    async () => (fails ? Promise.reject(new Error('store down')) : true),
    () => 0,
  )
  await cache.check('r', 'u', 0)
  fails = true
  assert.equal(cache.knows('r', 'u', 600), true)
  await assert.rejects(cache.check('r', 'u', 600), /store down/)
  assert.equal(cache.knows('r', 'u', 700), true)
})

test('a sweep drops what has expired and nothing else', async () => {
  let asked = 0
  const cache = new MembershipCache(1_000, async () => ++asked > 0)
  await cache.check('old', 'u', 0)
  await cache.check('new', 'u', 900)
  cache.sweep(1_000)
  assert.equal(cache.knows('old', 'u', 999), false)
  assert.equal(cache.knows('new', 'u', 999), true)
})
