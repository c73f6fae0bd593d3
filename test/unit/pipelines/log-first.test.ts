import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { decodeDraft, topics } from '../../../system/chat/record.ts'
import { seqOf } from '../../../system/chat/sequencer.ts'
import type { LogPosition, LogRecord } from '../../../system/logs/log.ts'
import { LogError } from '../../../system/logs/log.ts'
import { LogFirst } from '../../../system/pipelines/log-first.ts'
import { ChatError } from '../../../system/protocol/errors.ts'
import type { Draft } from '../../../system/protocol/message.ts'
import { draftOf } from '../../support/drafts.ts'
import { accept } from '../../support/pipelines.ts'

const epoch = 2

/** A log of one partition whose appends end when, and as, the test says. */
class ControlledLog {
  readonly records: Draft[] = []
  readonly requests: { readonly drafts: Draft[]; readonly end: (how?: LogError | 'hide') => void }[] = []
  /** Ends every request at once. */
  auto = true
  #wake: () => void = () => {}

  append = (topic: string, records: readonly LogRecord[]): Promise<LogPosition[]> => {
    assert.equal(topic, topics.messages)
    const drafts = records.map(({ value }) => decodeDraft(value))
    return new Promise((resolve, reject) => {
      const end = (how?: LogError | 'hide') => {
        if (how instanceof LogError) return reject(how)
        const first = this.records.length
        this.records.push(...drafts)
        if (how === 'hide') return reject(logError('indefinite', true))
        resolve(drafts.map((_, index) => ({ partition: 0, offset: first + index })))
      }
      this.requests.push({ drafts, end })
      if (this.auto) end()
      this.#wake()
    })
  }

  /** Resolves when so many requests were made. */
  async made(count: number): Promise<void> {
    while (this.requests.length < count) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}

function logError(effect: 'definite' | 'indefinite', retryable: boolean): LogError {
  return new LogError('LOG-FAILED', 'planned', { effect, retryable })
}

function setUp(learns = false) {
  const log = new ControlledLog()
  return { log, pipeline: new LogFirst({ log, epoch, lingerMs: 0, learns }) }
}

describe('log-first', () => {
  test('drafts of one turn share one request and get their seq from the position', async () => {
    const { log, pipeline } = setUp()
    const drafts = [draftOf(), draftOf({ roomId: 'room-2' }), draftOf()]
    const outcomes = await Promise.all(drafts.map((draft) => accept(pipeline, draft)))
    assert.deepEqual(
      outcomes,
      drafts.map(({ id, roomId }, offset) => ({ id, roomId, seq: seqOf(epoch, offset) })),
    )
    assert.equal(log.requests.length, 1)
    assert.deepEqual(log.records, drafts)
  })

  test('at most five requests are in flight, and a room is in one at a time', async () => {
    const { log, pipeline } = setUp()
    log.auto = false
    const outcomes: Promise<unknown>[] = []
    for (let room = 1; room <= 5; room++) {
      outcomes.push(accept(pipeline, draftOf({ roomId: `room-${room}` })))
      await log.made(room)
    }
    const [held, waiting] = [draftOf({ roomId: 'room-1' }), draftOf({ roomId: 'room-6' })]
    outcomes.push(accept(pipeline, held), accept(pipeline, waiting))
    await turns()
    assert.equal(log.requests.length, 5)
    log.requests[1]!.end()
    await log.made(6)
    assert.deepEqual(log.requests[5]!.drafts, [waiting])
    log.requests[0]!.end()
    await log.made(7)
    assert.deepEqual(log.requests[6]!.drafts, [held])
    for (const request of log.requests) request.end()
    await Promise.all(outcomes)
    await pipeline.drain()
  })

  test('whatever ends when and as, each room keeps its order and each draft gets one answer', async () => {
    const step = fc.oneof(
      fc.record({ room: fc.nat(3) }),
      fc.record({ request: fc.nat(4), how: fc.constantFrom(undefined, logError('definite', false)) }),
    )
    const property = fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { log, pipeline } = setUp()
      log.auto = false
      const sent: Draft[] = []
      const answered: string[] = []
      const ended = new Set<object>()
      for (const one of steps) {
        const open = log.requests.filter((request) => !ended.has(request))
        if ('room' in one) {
          const draft = draftOf({ roomId: `room-${one.room}` })
          sent.push(draft)
          pipeline.accept(draft, () => answered.push(draft.id))
        } else if (open.length > 0) {
          const request = open[one.request % open.length]!
          ended.add(request)
          request.end(one.how)
        }
        await turns()
      }
      log.auto = true
      for (const request of log.requests) if (!ended.has(request)) request.end()
      await pipeline.drain()
      assert.deepEqual(answered.toSorted(), sent.map(({ id }) => id).toSorted())
      for (const room of new Set(sent.map(({ roomId }) => roomId))) {
        const idsIn = (all: readonly Draft[]) => all.filter(({ roomId }) => roomId === room).map(({ id }) => id)
        const logged = idsIn(log.records)
        assert.deepEqual(
          logged,
          idsIn(sent).filter((id) => logged.includes(id)),
        )
      }
    })
    await fc.assert(property, { numRuns: 100 })
  })

  test('a repeat in flight shares the outcome; a later one gets the place; neither is appended', async () => {
    const { log, pipeline } = setUp()
    const draft = draftOf()
    const [first, repeat] = await Promise.all([accept(pipeline, draft), accept(pipeline, { ...draft, id: 'again' })])
    assert.deepEqual(repeat, first)
    assert.deepEqual(await accept(pipeline, { ...draft, id: 'later' }), first)
    assert.equal(log.records.length, 1)
  })

  test('the same clientMessageId in another room is refused, in flight and later', async () => {
    const { log, pipeline } = setUp()
    const draft = draftOf()
    const [, inFlight] = await Promise.all([accept(pipeline, draft), accept(pipeline, { ...draft, roomId: 'room-2' })])
    const later = await accept(pipeline, { ...draft, roomId: 'room-2' })
    for (const outcome of [inFlight, later]) {
      assert.ok(outcome instanceof ChatError)
      assert.equal(outcome.code, 'MSG-409')
    }
    assert.equal(log.records.length, 1)
  })

  test('what the fan-out brought from another gateway is not appended again', async () => {
    const { log, pipeline } = setUp(true)
    const draft = draftOf()
    pipeline.learn([{ ...draft, id: 'of-another', seq: 9, prevSeq: 0 }])
    assert.deepEqual(await accept(pipeline, draft), { id: 'of-another', roomId: draft.roomId, seq: 9 })
    assert.equal(log.records.length, 0)
  })

  test('after an unknown outcome the repeat is appended, and the answer is the place the fan-out shows', async () => {
    const { log, pipeline } = setUp(true)
    log.auto = false
    const draft = draftOf()
    const outcome = accept(pipeline, draft)
    await log.made(1)
    log.requests[0]!.end('hide')
    await log.made(2)
    log.requests[1]!.end()
    await turns()
    assert.equal(pipeline.pending, 1, 'which of the two copies counts is not known yet')
    pipeline.learn([{ ...draft, seq: seqOf(epoch, 0), prevSeq: 0 }])
    assert.deepEqual(await outcome, { id: draft.id, roomId: draft.roomId, seq: seqOf(epoch, 0) })
    assert.equal(log.records.length, 2)
  })

  for (const [effect, code] of [
    ['definite', 'SYS-503'],
    ['indefinite', 'SYS-504'],
  ] as const) {
    test(`an error that repeating does not cure ends as ${code} when it is ${effect}`, async () => {
      const { log, pipeline } = setUp()
      log.auto = false
      const draft = draftOf()
      const outcomes = [accept(pipeline, draft), accept(pipeline, { ...draft, id: 'repeat' })]
      await log.made(1)
      log.requests[0]!.end(logError(effect, false))
      for (const outcome of await Promise.all(outcomes)) {
        assert.ok(outcome instanceof ChatError)
        assert.equal(outcome.code, code)
      }
      log.auto = true
      assert.ok(!((await accept(pipeline, draft)) instanceof ChatError), 'the same draft may be sent again')
    })
  }

  test('after 30 s without the log drafts are given up: 503 where nothing was tried or refused, else 504', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    let nowMs = 0
    t.mock.method(performance, 'now', () => nowMs)
    const { log, pipeline } = setUp()
    log.auto = false
    const uncertain = accept(pipeline, draftOf())
    await log.made(1)
    const held = accept(pipeline, draftOf())
    nowMs = 31_000
    log.requests[0]!.end(logError('indefinite', true))
    const codes = (await Promise.all([uncertain, held])).map((outcome) => outcome instanceof ChatError && outcome.code)
    assert.deepEqual(codes, ['SYS-504', 'SYS-503'])
    assert.equal(pipeline.pending, 0)
  })

  test('a request is bounded, however much waits', async () => {
    const { log, pipeline } = setUp()
    const body = 'x'.repeat(100_000)
    await Promise.all(
      Array.from({ length: 130 }, (_, room) => accept(pipeline, draftOf({ body, roomId: `room-${room}` }))),
    )
    assert.ok(log.requests.length >= 3)
    for (const { drafts } of log.requests) assert.ok(drafts.length <= 60)
    assert.equal(log.records.length, 130)
  })
})

/** Lets everything that is due run. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve))
}
