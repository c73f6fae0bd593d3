import type { Draft, MessageType, Signal } from '../protocol/message.ts'
import { messageTypes } from '../protocol/message.ts'

/** How messages and signals are written into the durable log: JSON, one record each, with the version in `v`. */

export const topics = { messages: 'chat.messages', signals: 'chat.signals', dead: 'chat.dead' } as const

/** The group whose committed offset says: everything below is in the store. */
export const persistGroup = 'persist'
/** The group that publishes to a fan-out which does not read the log itself. */
export const relayGroup = 'relay'

const recordVersion = 1
const knownTypes: ReadonlySet<string> = new Set(messageTypes)

/** A record that is no message of a version we know. The text says why. */
export class UnreadableRecord extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'UnreadableRecord'
  }
}

export function encodeDraft(draft: Draft): Buffer {
  return Buffer.from(JSON.stringify({ v: recordVersion, ...draft }))
}

/** Throws UnreadableRecord. */
export function decodeDraft(value: Uint8Array): Draft {
  const fields = parse(value)
  for (const name of ['id', 'roomId', 'senderId', 'nickname', 'clientMessageId', 'body'] as const) {
    if (typeof fields[name] !== 'string') throw new UnreadableRecord(`field "${name}" is no string`)
  }
  if (!knownTypes.has(fields.type as string)) throw new UnreadableRecord(`type ${String(fields.type)} is unknown`)
  if (typeof fields.acceptedAtMs !== 'number') throw new UnreadableRecord('field "acceptedAtMs" is no number')
  return {
    id: fields.id as string,
    roomId: fields.roomId as string,
    senderId: fields.senderId as string,
    nickname: fields.nickname as string,
    clientMessageId: fields.clientMessageId as string,
    type: fields.type as MessageType,
    body: fields.body as string,
    acceptedAtMs: fields.acceptedAtMs,
    ...(typeof fields.fileId === 'string' && { fileId: fields.fileId }),
    ...(typeof fields.sentAtMs === 'number' && { sentAtMs: fields.sentAtMs }),
  }
}

export function encodeSignal(signal: Signal): Buffer {
  return Buffer.from(JSON.stringify({ v: recordVersion, ...signal }))
}

const signalEvents: ReadonlySet<string> = new Set(['MEMBER', 'RECEIPT', 'TYPING', 'ROOM'])

/** Throws UnreadableRecord. */
export function decodeSignal(value: Uint8Array): Signal {
  const { v: _version, ...signal } = parse(value)
  if (!signalEvents.has(signal.event as string)) throw new UnreadableRecord(`event ${String(signal.event)} is unknown`)
  if (typeof signal.roomId !== 'string') throw new UnreadableRecord('field "roomId" is no string')
  return signal as unknown as Signal
}

function parse(value: Uint8Array): Record<string, unknown> {
  let fields: unknown
  try {
    fields = JSON.parse(textOf(value))
  } catch (cause) {
    throw new UnreadableRecord('no JSON', { cause })
  }
  if (typeof fields !== 'object' || fields === null) throw new UnreadableRecord('no JSON object')
  const version = (fields as { v?: unknown }).v
  if (version !== recordVersion) throw new UnreadableRecord(`version ${String(version)} is unknown`)
  return fields as Record<string, unknown>
}

function textOf(value: Uint8Array): string {
  return (Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength)).toString()
}
