import { limits } from './limits.ts'
import type { ChatMessage, MessageType } from './message.ts'

/** The body of a MESSAGE on `/topic/rooms/{id}`; `acceptedAt` is the server's clock, Unix milliseconds. */
export interface MessageBody {
  readonly id: string
  readonly roomId: string
  readonly seq: number
  readonly prevSeq: number
  readonly clientMessageId: string
  readonly senderId: string
  readonly nickname: string
  readonly type: MessageType
  readonly body: string
  readonly fileId?: string
  readonly acceptedAt: number
}

export function messageBody(message: ChatMessage): MessageBody {
  return {
    id: message.id,
    roomId: message.roomId,
    seq: message.seq,
    prevSeq: message.prevSeq,
    clientMessageId: message.clientMessageId,
    senderId: message.senderId,
    nickname: message.nickname,
    type: message.type,
    body: message.body,
    fileId: message.fileId,
    acceptedAt: message.acceptedAtMs,
  }
}

let scratch: Buffer | undefined

/**
 * JSON as UTF-8, in one buffer that the next call overwrites. Writing into a buffer that exists gives the
 * length for nothing; asking for the length first costs as much as the writing.
 */
export function jsonBytes(value: unknown): Buffer {
  const json = JSON.stringify(value)
  scratch ??= Buffer.allocUnsafeSlow(2 * limits.frameBytes)
  if (json.length * 3 > scratch.length) return Buffer.from(json)
  return scratch.subarray(0, scratch.write(json, 0, 'utf8'))
}
