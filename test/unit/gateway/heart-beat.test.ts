import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChatError } from '../../../system/protocol/errors.ts'
import { agreeHeartBeat, isSilent, nextLookMs, owesBeat, type Pulse } from '../../../system/roles/gateway/heart-beat.ts'

const agreements: [
  claim: string,
  offer: string | undefined,
  serverMs: number,
  outgoingMs: number,
  incomingMs: number,
][] = [
  ['no header is no heart-beat', undefined, 10_000, 0, 0],
  ['zeros are no heart-beat', '0,0', 10_000, 0, 0],
  ['each direction takes the slower wish: client slower', '20000,30000', 10_000, 30_000, 20_000],
  ['each direction takes the slower wish: server slower', '1000,2000', 10_000, 10_000, 10_000],
  ['a client that only wants to hear', '0,5000', 10_000, 10_000, 0],
  ['a client that only sends', '5000,0', 10_000, 0, 10_000],
  ['a server without heart-beats', '5000,5000', 0, 0, 0],
]
for (const [claim, offer, serverMs, outgoingMs, incomingMs] of agreements) {
  test(claim, () => assert.deepEqual(agreeHeartBeat(offer, serverMs), { outgoingMs, incomingMs }))
}

test('a malformed offer is refused', () => {
  for (const offer of ['', '1', '1,', ',1', 'a,b', '1,2,3', '-1,5', '1.5,2', '1e3,2', '9999999999,1']) {
    assert.throws(() => agreeHeartBeat(offer, 10_000), ChatError, offer)
  }
})

const pulse = (changes: Partial<Pulse>): Pulse => ({
  heartBeat: { outgoingMs: 100, incomingMs: 100 },
  lastReadMs: 0,
  lastWriteMs: 0,
  readingHeld: false,
  ...changes,
})

test('a client is silent after twice the agreed time, not before', () => {
  assert.equal(isSilent(pulse({}), 200), false)
  assert.equal(isSilent(pulse({}), 201), true)
  assert.equal(isSilent(pulse({ lastReadMs: 50 }), 201), false)
  assert.equal(isSilent(pulse({ heartBeat: { outgoingMs: 100, incomingMs: 0 } }), 1e9), false)
})

test('a client that is not read cannot be silent', () => {
  assert.equal(isSilent(pulse({ readingHeld: true }), 1e9), false)
})

test('a beat is owed a margin before the agreed time, counted from the last write', () => {
  assert.equal(owesBeat(pulse({}), 89, 10), false)
  assert.equal(owesBeat(pulse({}), 90, 10), true)
  assert.equal(owesBeat(pulse({ lastWriteMs: 50 }), 90, 10), false)
  assert.equal(owesBeat(pulse({ heartBeat: { outgoingMs: 0, incomingMs: 100 } }), 1e9, 10), false)
})

test('the next look is at the first thing that can happen', () => {
  assert.equal(nextLookMs(pulse({}), 0, 10), 90)
  assert.equal(nextLookMs(pulse({ lastWriteMs: 150 }), 160, 10), 200)
  assert.equal(nextLookMs(pulse({ heartBeat: { outgoingMs: 0, incomingMs: 0 } }), 0, 10), undefined)
  assert.equal(nextLookMs(pulse({ heartBeat: { outgoingMs: 0, incomingMs: 100 }, readingHeld: true }), 500, 10), 700)
})

test('walked through in ticks, writes are never further apart than agreed', () => {
  const tickMs = 5
  const state = { ...pulse({}), lastWriteMs: 0 }
  let widestMs = 0
  for (let nowMs = 0; nowMs <= 10_000; nowMs += tickMs) {
    if (!owesBeat(state, nowMs, 2 * tickMs)) continue
    widestMs = Math.max(widestMs, nowMs - state.lastWriteMs)
    state.lastWriteMs = nowMs
  }
  assert.ok(widestMs <= 100 && widestMs >= 80, String(widestMs))
})
