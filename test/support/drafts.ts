import type { Draft } from '../../system/protocol/message.ts'

let count = 0

/** A draft nobody sent before, unless `fields` say otherwise. */
export function draftOf(fields: Partial<Draft> = {}): Draft {
  count += 1
  return {
    id: `draft-${count}`,
    roomId: 'room-1',
    senderId: 'user-1',
    nickname: 'one',
    clientMessageId: `client-${count}`,
    type: 'TALK',
    body: `안녕 ${count}`,
    acceptedAtMs: 1_700_000_000_000 + count,
    ...fields,
  }
}
