import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { ChatMessage, Draft, Signal } from '../protocol/message.ts'
import type { Fanout, FanoutHandler } from './fanout.ts'

/** A fan-out under test with what feeds it. Each case opens a fresh one. */
export interface FanoutUnderTest {
  readonly fanout: Fanout
  /** Makes the drafts durable in the order given; they then reach the fan-out on their usual way. */
  commit(drafts: readonly Draft[]): Promise<void>
  /** The same fan-out as another process has it; undefined where it does not cross processes. */
  another?(): Promise<Fanout>
  close(): Promise<void>
}

const limit = { timeout: 60_000 }

/** Registers the suite every `Fanout` must pass. */
export function fanoutConformance(name: string, open: () => Promise<FanoutUnderTest>): void {
  describe(`fan-out ${name}`, () => {
    let subject: FanoutUnderTest
    beforeEach(async () => {
      subject = await open()
    })
    afterEach(() => subject.close())
    describe('messages', () => deliveringMessages(() => subject))
    describe('signals', () => deliveringSignals(() => subject))
    describe('subscriptions', () => subscribing(() => subject))
  })
}

const otherClockMs = 60_000

function deliveringMessages(subject: () => FanoutUnderTest): void {
  test('every message committed after subscribe comes once, in room order, with an unbroken chain', limit, async () => {
    const inbox = new Inbox()
    await subject().fanout.subscribe(inbox)
    const drafts = Array.from({ length: 200 }, (_, index) => draftOf(`room-${index % 7}`))
    for (let from = 0; from < drafts.length; from += 40) await subject().commit(drafts.slice(from, from + 40))
    await inbox.untilMessages(drafts.length)
    inbox.assertChains()
    for (const room of new Set(drafts.map(({ roomId }) => roomId))) {
      const idsOf = (all: readonly Draft[]) => all.filter(({ roomId }) => roomId === room).map(({ id }) => id)
      assert.deepEqual(idsOf(inbox.messages), idsOf(drafts), 'a room has the order of its commits')
    }
  })

  test('what is delivered is the message that was committed', limit, async () => {
    const inbox = new Inbox()
    await subject().fanout.subscribe(inbox)
    const draft: Draft = { ...draftOf('room'), type: 'IMAGE', fileId: 'file', sentAtMs: 5, body: '한글 \u0000 "\n' }
    const beforeMs = Date.now()
    await subject().commit([draft])
    await inbox.untilMessages(1)
    const { seq, prevSeq, durableAtMs, ...rest } = inbox.messages[0]!
    assert.deepEqual(rest, draft)
    assert.ok(seq > prevSeq)
    // What is published is passed on as it is; what is read from a log has the log's time, of perhaps another host.
    if (subject().fanout.guarantees.source === 'log')
      assert.ok(Math.abs(durableAtMs! - beforeMs) < otherClockMs, `durable at ${durableAtMs}, now ${beforeMs}`)
  })

  test('a message committed before subscribe is not delivered, and the next one names it', limit, async () => {
    await subject().commit([draftOf('room'), draftOf('room')])
    const inbox = new Inbox()
    await subject().fanout.subscribe(inbox)
    await subject().commit([draftOf('room')])
    await inbox.untilMessages(1)
    assert.equal(inbox.messages.length, 1)
    assert.ok(inbox.messages[0]!.prevSeq > 0)
  })

  test('a message repeated under its identity is delivered once', limit, async () => {
    const inbox = new Inbox()
    await subject().fanout.subscribe(inbox)
    const first = draftOf('room')
    const last = draftOf('room')
    await subject().commit([first])
    await subject().commit([{ ...first, id: randomUUID() }, last])
    await inbox.untilMessages(2)
    assert.deepEqual(
      inbox.messages.map(({ id }) => id),
      [first.id, last.id],
    )
    inbox.assertChains()
  })

  test('what is handed over is not above the last seq told, unless the store is to be asked', limit, async () => {
    const inbox = new Inbox()
    await subject().fanout.subscribe(inbox)
    await subject().commit([draftOf('room'), draftOf('other'), draftOf('room')])
    await inbox.untilMessages(3)
    const { fanout } = subject()
    const told = fanout.guarantees.source === 'log' ? inbox.messages.findLast(({ roomId }) => roomId === 'room') : null
    assert.equal(fanout.lastSeq('room'), told?.seq)
    assert.equal(fanout.lastSeq('nowhere'), undefined)
  })

  test('another process sees the same messages in the same places', limit, async () => {
    const other = await subject().another?.()
    assert.equal(other !== undefined, subject().fanout.guarantees.crossProcess)
    if (other === undefined) return
    const inboxes = [new Inbox(), new Inbox()] as const
    await subject().fanout.subscribe(inboxes[0])
    await subject().commit([draftOf('room-a'), draftOf('room-b')])
    await inboxes[0].untilMessages(2)
    await other.subscribe(inboxes[1])
    await subject().commit([draftOf('room-a'), draftOf('room-b'), draftOf('room-c')])
    await Promise.all([inboxes[0].untilMessages(5), inboxes[1].untilMessages(3)])
    const byId = (a: ChatMessage, b: ChatMessage) => a.id.localeCompare(b.id)
    const late = inboxes[1].messages.toSorted(byId)
    const ids = new Set(late.map(({ id }) => id))
    assert.deepEqual(late, inboxes[0].messages.filter(({ id }) => ids.has(id)).toSorted(byId))
    await other.close()
  })
}

function deliveringSignals(subject: () => FanoutUnderTest): void {
  test('a signal reaches every subscriber as it was', limit, async () => {
    const inboxes = [new Inbox(), new Inbox()]
    for (const inbox of inboxes) await subject().fanout.subscribe(inbox)
    const signals: Signal[] = [
      { event: 'TYPING', roomId: 'room', userId: 'user', nickname: '별' },
      { event: 'RECEIPT', roomId: 'room', userId: 'user', kind: 'read', uptoSeq: 7 },
    ]
    await subject().fanout.signal(signals)
    for (const inbox of inboxes) {
      await inbox.untilSignals(2)
      assert.deepEqual(inbox.signals, signals)
    }
  })
}

function subscribing(subject: () => FanoutUnderTest): void {
  test('nothing is handed over inside the call that commits or subscribes', limit, async () => {
    const inbox = new Inbox()
    await subject().fanout.subscribe(inbox)
    const committing = subject().commit([draftOf('room')])
    assert.equal(inbox.messages.length, 0)
    await committing
    await inbox.untilMessages(1)
  })

  test('a handler that throws loses its subscription, the others go on', limit, async () => {
    const broken = await subject().fanout.subscribe({
      onMessages: () => {
        throw new Error('handler broke')
      },
      onSignals: () => {},
    })
    const inbox = new Inbox()
    await subject().fanout.subscribe(inbox)
    await subject().commit([draftOf('room')])
    await assert.rejects(broken.failed, /handler broke/)
    await subject().commit([draftOf('room')])
    await inbox.untilMessages(2)
  })

  test('a closed subscription gets nothing more', limit, async () => {
    const closed = new Inbox()
    const open = new Inbox()
    const subscription = await subject().fanout.subscribe(closed)
    await subject().fanout.subscribe(open)
    await subject().commit([draftOf('room')])
    await Promise.all([closed.untilMessages(1), open.untilMessages(1)])
    await subscription.close()
    await subject().commit([draftOf('room')])
    await open.untilMessages(2)
    assert.equal(closed.messages.length, 1)
  })

  test('publishing to a fan-out fed by the log is refused', limit, () => {
    if (subject().fanout.guarantees.source === 'log') assert.throws(() => subject().fanout.publish([]))
    else subject().fanout.publish([])
  })
}

/** Collects what a subscriber gets and resolves waits when enough is there. */
class Inbox implements FanoutHandler {
  readonly messages: ChatMessage[] = []
  readonly signals: Signal[] = []
  #check: () => void = () => {}

  onMessages(messages: readonly ChatMessage[]): void {
    this.messages.push(...messages)
    this.#check()
  }

  onSignals(signals: readonly Signal[]): void {
    this.signals.push(...signals)
    this.#check()
  }

  untilMessages(count: number): Promise<void> {
    return this.#when(() => this.messages.length >= count)
  }

  untilSignals(count: number): Promise<void> {
    return this.#when(() => this.signals.length >= count)
  }

  assertChains(): void {
    const lastSeq = new Map<string, number>()
    for (const { roomId, seq, prevSeq } of this.messages) {
      assert.ok(seq > prevSeq, 'seq rises')
      assert.equal(prevSeq, lastSeq.get(roomId) ?? prevSeq, `chain of ${roomId}`)
      lastSeq.set(roomId, seq)
    }
  }

  async #when(holds: () => boolean): Promise<void> {
    if (holds()) return
    await new Promise<void>((resolve) => {
      this.#check = () => holds() && resolve()
    })
  }
}

function draftOf(roomId: string): Draft {
  return {
    id: randomUUID(),
    roomId,
    senderId: 'sender',
    nickname: '보내는이',
    clientMessageId: randomUUID(),
    type: 'TALK',
    body: 'body',
    acceptedAtMs: 1_700_000_000_000,
  }
}
