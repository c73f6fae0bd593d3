import { type ChatMessage, messageTypes } from '../../protocol/message.ts'

export type RedisFanoutKind = 'redis' | 'redis-single'

/** Which channel a room's messages go through: one a room, or one for all. */
export interface Channels {
  /** The channel of all rooms; undefined where each has its own. */
  readonly all: string | undefined
  of(roomId: string): string
}

export function channelsOf(kind: RedisFanoutKind, prefix: string): Channels {
  const all = `${prefix}chat`
  if (kind === 'redis-single') return { all, of: () => all }
  return { all: undefined, of: (roomId) => `${all}:${roomId}` }
}

const version = 1
const knownTypes: ReadonlySet<string> = new Set(messageTypes)

/** What one publication carries: messages, each room's in the order of the log. */
export function encodePublication(messages: readonly ChatMessage[]): string {
  return JSON.stringify({ v: version, messages })
}

/** Undefined for what is no publication of this version: then its messages are missed, and found as any others. */
export function decodePublication(text: string): readonly ChatMessage[] | undefined {
  try {
    const { v, messages } = JSON.parse(text) as { v: unknown; messages: unknown }
    return v === version && Array.isArray(messages) && messages.every(isMessage) ? messages : undefined
  } catch {
    return undefined
  }
}

function isMessage(value: unknown): value is ChatMessage {
  if (typeof value !== 'object' || value === null) return false
  const { id, roomId, seq, prevSeq, type, body } = value as Partial<ChatMessage>
  return (
    typeof id === 'string' &&
    typeof roomId === 'string' &&
    typeof body === 'string' &&
    knownTypes.has(type as string) &&
    Number.isSafeInteger(seq) &&
    Number.isSafeInteger(prevSeq)
  )
}
