import type { ChatMessage } from '../../system/protocol/message.ts'
import type { OpenOrder } from './receivers.ts'

/** A server whose delivery path is measured. */
export interface DeliverySide {
  readonly url: string
  /** How each socket of the fleet logs in. */
  readonly sockets: OpenOrder['sockets']
  /** Delivers one message to each of the rooms, in one turn of the event loop. */
  deliver(rooms: readonly number[]): void
  close(): Promise<void>
}

export const fleet = { rooms: 100, roomMembers: 5 } as const

const body = '안녕하세요 chat capacity lab '.repeat(6).slice(0, 140)

/** A message of about 200 bytes of body, as the default spike sends them. */
export function benchMessage(roomId: string, seq: number): ChatMessage {
  return {
    id: `01JBENCH${String(seq).padStart(18, '0')}`,
    roomId,
    senderId: '01JBENCH0000000000000USER1',
    nickname: 'user-1',
    clientMessageId: `0-0-${seq}`,
    type: 'TALK',
    body,
    acceptedAtMs: Date.now(),
    seq,
    prevSeq: seq - 1,
  }
}
