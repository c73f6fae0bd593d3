import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { StoreFirst } from '../../../system/pipelines/store-first.ts'
import { ChatError } from '../../../system/protocol/errors.ts'
import type { ChatMessage } from '../../../system/protocol/message.ts'
import { StoreError } from '../../../system/stores/store.ts'
import { draftOf } from '../../support/drafts.ts'
import { MessageStore } from '../../support/message-store.ts'
import { accept } from '../../support/pipelines.ts'

function storeError(effect: 'definite' | 'indefinite', retryable: boolean): StoreError {
  return new StoreError('STORE-FAILED', 'planned', { effect, retryable })
}

function setUp(lingerMs = 0) {
  const store = new MessageStore()
  const published: ChatMessage[] = []
  const pipeline = new StoreFirst({ store, fanout: { publish: (batch) => published.push(...batch) }, lingerMs })
  return { store, published, pipeline }
}

const withoutStamp = ({ durableAtMs: _stamp, ...message }: ChatMessage) => message

describe('store-first', () => {
  test('drafts of one turn share one write; each gets its place and is published in seq order', async () => {
    const { store, published, pipeline } = setUp()
    const drafts = [draftOf(), draftOf({ roomId: 'room-2' }), draftOf()]
    const beforeMs = Date.now()
    const outcomes = drafts.map((draft) => accept(pipeline, draft))
    assert.equal(pipeline.pending, 3)
    assert.deepEqual(await Promise.all(outcomes), [
      { id: drafts[0]!.id, roomId: 'room-1', seq: 1 },
      { id: drafts[1]!.id, roomId: 'room-2', seq: 1 },
      { id: drafts[2]!.id, roomId: 'room-1', seq: 2 },
    ])
    assert.deepEqual(store.writes, [3])
    assert.deepEqual(published.map(withoutStamp), store.messages)
    for (const { durableAtMs } of published) assert.ok(durableAtMs! >= beforeMs && durableAtMs! <= Date.now())
    assert.equal(pipeline.pending, 0)
  })

  test('what comes while a write is under way goes together with the next one', async () => {
    const { store, pipeline } = setUp()
    const later: Promise<unknown>[] = []
    store.beforeWrite = (call) => {
      if (call === 0) for (let count = 0; count < 50; count++) later.push(accept(pipeline, draftOf()))
    }
    await accept(pipeline, draftOf())
    await Promise.all(later)
    assert.deepEqual(store.writes, [1, 50])
  })

  test('a repeat gets the first place and is not published again; in another room it is refused', async () => {
    const { published, pipeline } = setUp()
    const draft = draftOf()
    const first = await accept(pipeline, draft)
    assert.deepEqual(await accept(pipeline, { ...draft, id: 'again' }), first)
    const elsewhere = await accept(pipeline, { ...draft, id: 'elsewhere', roomId: 'room-2' })
    assert.ok(elsewhere instanceof ChatError)
    assert.equal(elsewhere.code, 'MSG-409')
    assert.equal(published.length, 1)
  })

  test('a store that refuses for a while is asked again, in order', async () => {
    const { store, published, pipeline } = setUp()
    store.beforeWrite = (call) => {
      if (call < 2) throw storeError('definite', true)
    }
    const outcomes = await Promise.all([accept(pipeline, draftOf()), accept(pipeline, draftOf())])
    assert.deepEqual(
      outcomes.map((outcome) => outcome instanceof ChatError || outcome.seq),
      [1, 2],
    )
    assert.equal(published.length, 2)
  })

  test('a write whose outcome was unknown is published once its repeat finds it', async () => {
    const { store, published, pipeline } = setUp()
    store.afterWrite = (call) => {
      if (call === 0) throw storeError('indefinite', true)
    }
    const outcome = await accept(pipeline, draftOf())
    assert.ok(!(outcome instanceof ChatError))
    assert.equal(published.length, 1)
  })

  test('a draft given up as uncertain but stored is published once, when its sender tries again', async () => {
    const { store, published, pipeline } = setUp()
    store.afterWrite = (call) => {
      if (call === 0) throw storeError('indefinite', false)
    }
    const draft = draftOf()
    const first = await accept(pipeline, draft)
    assert.ok(first instanceof ChatError && first.code === 'SYS-504')
    assert.deepEqual(published, [])
    const tries = ['again', 'and again', 'once more'].map((id) => accept(pipeline, { ...draft, id }))
    for (const outcome of await Promise.all(tries)) assert.ok(!(outcome instanceof ChatError))
    await accept(pipeline, { ...draft, id: 'later' })
    assert.deepEqual(published.map(withoutStamp), store.messages)
    assert.equal(published.length, 1)
  })

  for (const [effect, code] of [
    ['definite', 'SYS-503'],
    ['indefinite', 'SYS-504'],
  ] as const) {
    test(`an error that repeating does not cure ends as ${code} when it is ${effect}`, async () => {
      const { store, published, pipeline } = setUp()
      store.beforeWrite = () => {
        throw storeError(effect, false)
      }
      const outcome = await accept(pipeline, draftOf())
      assert.ok(outcome instanceof ChatError)
      assert.equal(outcome.code, code)
      assert.equal(published.length, 0)
      await pipeline.drain()
    })
  }

  test('after 30 s of refusals drafts are given up, those behind them too, and later ones are taken', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'Date'] })
    let nowMs = 0
    t.mock.method(performance, 'now', () => nowMs)
    const { store, pipeline } = setUp()
    let down = true
    store.beforeWrite = () => {
      if (down) throw storeError('definite', true)
    }
    const first = accept(pipeline, draftOf())
    await turns()
    const behind = accept(pipeline, draftOf())
    nowMs = 31_000
    while (pipeline.pending > 0) {
      t.mock.timers.tick(1_000)
      await turns()
    }
    for (const outcome of [await first, await behind]) {
      assert.ok(outcome instanceof ChatError)
      assert.equal(outcome.code, 'SYS-503')
    }
    down = false
    const later = accept(pipeline, draftOf())
    while (pipeline.pending > 0) {
      t.mock.timers.tick(1_000)
      await turns()
    }
    assert.ok(!((await later) instanceof ChatError))
  })
})

/** Lets everything that is due run. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}
