import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { ChatMessage, Draft, Signal } from '../protocol/message.ts'
import type { Fanout, FanoutHandler, FanoutSubscription } from './fanout.ts'

/** A fan-out under test with what feeds it. Each case opens a fresh one. */
export interface FanoutUnderTest {
  readonly fanout: Fanout
  /** Makes the drafts durable in the order given; they then reach the fan-out on their usual way. */
  commit(drafts: readonly Draft[]): Promise<void>
  /** The same fan-out as another process has it; undefined where it does not cross processes. */
  another?(): Promise<Fanout>
  close(): Promise<void>
}

/** A fan-out whose way to the subscribers loses and repeats, with the means to make it do so. */
export interface LossyFanout extends FanoutUnderTest {
  readonly faults: WayFaults
}

/** What goes wrong between a commit and the subscribers, and must be made good. */
export interface WayFaults {
  /** What is committed meanwhile goes past the subscribers. */
  lose(work: () => Promise<void>): Promise<void>
  /** Ends the connections by which messages come. */
  cut(): Promise<void>
  /** Everything that was committed so far comes once more. */
  repeat(): Promise<void>
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
    describe('rooms followed', () => following(() => subject))
  })
}

/** The suite, and that everything lost or repeated on the way is made good. */
export function lossyFanoutConformance(name: string, open: () => Promise<LossyFanout>): void {
  fanoutConformance(name, open)
  describe(`fan-out ${name}, faults on the way`, () => {
    let subject: LossyFanout
    beforeEach(async () => {
      subject = await open()
    })
    afterEach(() => subject.close())
    repairing(() => subject)
  })
}

const otherClockMs = 60_000

function deliveringMessages(subject: () => FanoutUnderTest): void {
  test('every message committed after subscribe comes once, in room order, with an unbroken chain', limit, async () => {
    const inbox = new Inbox()
    const drafts = Array.from({ length: 200 }, (_, index) => draftOf(`room-${index % 7}`))
    await listen(subject().fanout, inbox, ...new Set(drafts.map(({ roomId }) => roomId)))
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
    await listen(subject().fanout, inbox, 'room', 'other')
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
    await listen(subject().fanout, inbox, 'room', 'other')
    await subject().commit([draftOf('room')])
    await inbox.untilMessages(1)
    assert.equal(inbox.messages.length, 1)
    assert.ok(inbox.messages[0]!.prevSeq > 0)
  })

  test('a message repeated under its identity is delivered once', limit, async () => {
    const inbox = new Inbox()
    await listen(subject().fanout, inbox, 'room', 'other')
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
    await listen(subject().fanout, inbox, 'room', 'other')
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
    await listen(subject().fanout, inboxes[0], 'room-a', 'room-b', 'room-c')
    await subject().commit([draftOf('room-a'), draftOf('room-b')])
    await inboxes[0].untilMessages(2)
    await listen(other, inboxes[1], 'room-a', 'room-b', 'room-c')
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
    for (const inbox of inboxes) await listen(subject().fanout, inbox, 'room')
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
    await listen(subject().fanout, inbox, 'room', 'other')
    const committing = subject().commit([draftOf('room')])
    assert.equal(inbox.messages.length, 0)
    await committing
    await inbox.untilMessages(1)
  })

  test('a handler that throws loses its subscription, the others go on', limit, async () => {
    const onMessages = () => {
      throw new Error('handler broke')
    }
    const broken = await listen(subject().fanout, { onMessages, onSignals: () => {} }, 'room')
    const inbox = new Inbox()
    await listen(subject().fanout, inbox, 'room', 'other')
    await subject().commit([draftOf('room')])
    await assert.rejects(broken.failed, /handler broke/)
    await subject().commit([draftOf('room')])
    await inbox.untilMessages(2)
  })

  test('a closed subscription gets nothing more', limit, async () => {
    const closed = new Inbox()
    const open = new Inbox()
    const subscription = await listen(subject().fanout, closed, 'room')
    await listen(subject().fanout, open, 'room')
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

function following(subject: () => FanoutUnderTest): void {
  test('a room is followed as long as anybody follows it', limit, async () => {
    const { fanout } = subject()
    const inbox = new Inbox()
    await listen(fanout, inbox, 'room')
    await fanout.follow('room')
    fanout.unfollow('room')
    await subject().commit([draftOf('room')])
    await inbox.untilMessages(1)
  })

  test('a room left and followed again brings what comes after, once and in order', limit, async () => {
    const { fanout } = subject()
    const inbox = new Inbox()
    await listen(fanout, inbox, 'room', 'other')
    const before = Array.from({ length: 20 }, () => draftOf('room'))
    for (const draft of before) await subject().commit([draft, draftOf('other')])
    await inbox.untilMessages(40)
    fanout.unfollow('room')
    await subject().commit([draftOf('room'), draftOf('room')])
    await fanout.follow('room')
    const after = Array.from({ length: 20 }, () => draftOf('room'))
    for (const draft of after) await subject().commit([draft, draftOf('other')])
    await inbox.untilIds([...before, ...after])
    const room = inbox.messages.filter(({ roomId }) => roomId === 'room')
    assert.deepEqual(
      room.map(({ seq }) => seq),
      [...new Set(room.map(({ seq }) => seq))].toSorted((a, b) => a - b),
    )
  })

  test('two that follow at once are both followed', limit, async () => {
    const { fanout } = subject()
    const inbox = new Inbox()
    await fanout.subscribe(inbox)
    await Promise.all([fanout.follow('room'), fanout.follow('room'), fanout.follow('other')])
    await subject().commit([draftOf('room'), draftOf('other')])
    await inbox.untilMessages(2)
  })
}

function repairing(subject: () => LossyFanout): void {
  const drafts = (count: number, room = 'room') => Array.from({ length: count }, () => draftOf(room))
  const gets = async (inbox: Inbox, expected: readonly Draft[]) => {
    await inbox.untilIds(expected)
    const idsOf = (all: readonly Draft[]) => all.filter(({ roomId }) => roomId === 'room').map(({ id }) => id)
    assert.deepEqual(idsOf(inbox.messages), idsOf(expected))
    inbox.assertChains()
  }

  test('what was lost comes before the next message of its room', limit, async () => {
    const { faults, fanout, commit } = subject()
    const inbox = new Inbox()
    await listen(fanout, inbox, 'room', 'other')
    const [first, lost, last] = [drafts(3), drafts(30), drafts(2)]
    await commit(first)
    await inbox.untilMessages(3)
    await faults.lose(() => commit([...lost, ...drafts(2, 'other')]))
    await commit(last)
    await gets(inbox, [...first, ...lost, ...last])
  })

  test('what was lost last comes after a reconnect, also to a room that nothing had come to', limit, async () => {
    const { faults, fanout, commit } = subject()
    const inbox = new Inbox()
    await listen(fanout, inbox, 'room', 'other')
    const [first, lost, silent] = [drafts(3), drafts(5), drafts(2, 'other')]
    await commit(first)
    await inbox.untilMessages(3)
    await faults.lose(() => commit([...lost, ...silent]))
    await faults.cut()
    await gets(inbox, [...first, ...lost, ...silent])
    const last = drafts(2)
    await commit(last)
    await gets(inbox, [...first, ...lost, ...silent, ...last])
  })

  test('messages that flow while connections are cut come once, in order', limit, async () => {
    const { faults, fanout, commit } = subject()
    const inbox = new Inbox()
    await listen(fanout, inbox, 'room', 'other')
    const all = Array.from({ length: 300 }, (_, i) => draftOf(i % 3 === 0 ? 'other' : 'room'))
    for (let i = 0; i < all.length; i += 5) {
      if (i % 100 === 50) await faults.cut()
      await commit(all.slice(i, i + 5))
    }
    await gets(inbox, all)
  })

  test('what comes again is delivered once', limit, async () => {
    const { faults, fanout, commit } = subject()
    const inbox = new Inbox()
    await listen(fanout, inbox, 'room')
    const [first, last] = [drafts(20), drafts(1)]
    await commit(first)
    await inbox.untilMessages(20)
    await faults.repeat()
    await commit(last)
    await gets(inbox, [...first, ...last])
  })

  test('another process misses nothing either', limit, async () => {
    const { faults, fanout, commit } = subject()
    const other = await subject().another?.()
    assert.ok(other)
    const inboxes = [new Inbox(), new Inbox()] as const
    await listen(fanout, inboxes[0], 'room')
    await listen(other, inboxes[1], 'room', 'other')
    const lost = drafts(10)
    await faults.lose(() => commit(lost))
    await faults.cut()
    const last = drafts(10)
    await commit(last)
    for (const inbox of inboxes) await gets(inbox, [...lost, ...last])
    await other.close()
  })
}

/** Subscribes and follows the rooms. */
async function listen(fanout: Fanout, handler: FanoutHandler, ...rooms: string[]): Promise<FanoutSubscription> {
  const subscription = await fanout.subscribe(handler)
  for (const room of rooms) await fanout.follow(room)
  return subscription
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

  /** Until each of these has come. */
  untilIds(drafts: readonly Draft[]): Promise<void> {
    const ids = drafts.map(({ id }) => id)
    return this.#when(() => {
      const come = new Set(this.messages.map(({ id }) => id))
      return ids.every((id) => come.has(id))
    })
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
