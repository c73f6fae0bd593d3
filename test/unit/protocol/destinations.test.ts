import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sendTarget, subscribeTarget } from '../../../system/protocol/destinations.ts'

const longRoom = 'r'.repeat(65)

test('SEND destinations lead to an action in a room, or nowhere', () => {
  for (const action of ['send', 'enter', 'leave', 'typing', 'receipt']) {
    assert.deepEqual(sendTarget(`/app/rooms/r1/${action}`), { kind: 'room', action, roomId: 'r1' })
  }
  assert.deepEqual(sendTarget('/app/presence/heartbeat'), { kind: 'presence' })
  for (const nowhere of [
    ...[
      '',
      '/app/rooms/',
      '/app/rooms//send',
      '/app/rooms/r1',
      '/app/rooms/r1/',
      '/app/rooms/r1/send/',
      '/topic/rooms/r1',
    ],
    ...[
      '/app/rooms/r1/x/send',
      '/app/rooms/r1/Send',
      `/app/rooms/${longRoom}/send`,
      '/app/presence',
      'app/rooms/r/send',
    ],
  ]) {
    assert.equal(sendTarget(nowhere), undefined, nowhere)
  }
})

test('SUBSCRIBE destinations are rooms and the queues of the user', () => {
  assert.deepEqual(subscribeTarget('/topic/rooms/r1'), { kind: 'room', roomId: 'r1' })
  for (const queue of ['/user/queue/acks', '/user/queue/errors', '/user/queue/notices']) {
    assert.deepEqual(subscribeTarget(queue), { kind: 'queue', queue })
  }
  for (const nowhere of [
    '',
    '/topic/rooms/',
    '/topic/rooms/a/b',
    `/topic/rooms/${longRoom}`,
    '/user/queue/other',
    '/topic/x',
  ]) {
    assert.equal(subscribeTarget(nowhere), undefined, nowhere)
  }
})
