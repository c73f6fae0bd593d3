import { FrameImpl, Parser } from '@stomp/stompjs'
import type { ChatMessage } from '../../system/protocol/message.ts'
import { jsonBytes, messageBody } from '../../system/protocol/message-json.ts'
import { headerKeys } from '../../system/protocol/stomp/frame.ts'
import { StompParser } from '../../system/protocol/stomp/parser.ts'
import { MessageTemplate } from '../../system/protocol/stomp/server-frames.ts'
import type { BenchRow } from './row.ts'

const rounds = 4
const itemsPerRound = 40_000
const body = '안녕하세요 chat capacity lab '.repeat(6).slice(0, 140)
const message: ChatMessage = {
  id: '01JBENCH000000000000000001',
  roomId: '01JBENCH0000000000000ROOM1',
  senderId: '01JBENCH0000000000000USER1',
  nickname: 'user-1',
  clientMessageId: '0-12-345',
  type: 'TALK',
  body,
  acceptedAtMs: 1_790_000_000_000,
  seq: 1_099_511_627_776,
  prevSeq: 1_099_511_627_770,
}
const destination = `/topic/rooms/${message.roomId}`

/** The codec beside the common client library on the same frames. Fewer items for the peer, it is slower. */
export async function bench(): Promise<BenchRow[]> {
  const payload = JSON.stringify({ clientMessageId: message.clientMessageId, type: 'TALK', body })
  const head = `destination:/app/rooms/${message.roomId}/send\ncontent-type:application/json\nreceipt:m-12345`
  const sendFrame = Buffer.from(`SEND\n${head}\ncontent-length:${Buffer.byteLength(payload)}\n\n${payload}\0`)
  const json = JSON.stringify(messageBody(message))
  const peer = '@stomp/stompjs 7'
  return [
    {
      name: 'codec: parse a SEND, two headers read',
      cpuUs: cpuUs(parseOurs(sendFrame)),
      note: `${sendFrame.length} B`,
    },
    { name: `codec: the same by ${peer}`, cpuUs: cpuUs(parsePeer(sendFrame)), note: 'peer' },
    {
      name: 'codec: serialise a MESSAGE by template',
      cpuUs: cpuUs(serialiseOurs(json)),
      note: 'WebSocket frame included',
    },
    { name: `codec: the same by ${peer}`, cpuUs: cpuUs(serialisePeer(json)), note: 'peer, STOMP frame only' },
    { name: 'codec: a message to JSON bytes', cpuUs: cpuUs(() => jsonBytes(messageBody(message)).length) },
  ]
}

function parseOurs(bytes: Buffer): () => number {
  const parser = new StompParser()
  return () => {
    parser.push(bytes)
    const frame = parser.next()!
    return frame.header(headerKeys.destination)!.length + frame.raw(headerKeys.receipt)!.length + frame.body.length
  }
}

function parsePeer(bytes: Buffer): () => number {
  let read = 0
  const parser = new Parser(
    (raw) => {
      const frame = FrameImpl.fromRawFrame(raw, true)
      read = frame.headers.destination!.length + frame.headers.receipt!.length
    },
    () => undefined,
  )
  const text = bytes.toString()
  return () => {
    parser.parseChunk(text)
    return read
  }
}

function serialiseOurs(json: string): () => number {
  const template = new MessageTemplate('sub-0', destination)
  const bytes = Buffer.from(json)
  return () => template.frame(message.id, bytes).length
}

function serialisePeer(json: string): () => number {
  const headers = { subscription: 'sub-0', destination, 'content-type': 'application/json', 'message-id': message.id }
  return () => String(FrameImpl.marshall({ command: 'MESSAGE', headers, body: json, escapeHeaderValues: true })).length
}

/** The lowest of several rounds: what else runs on the machine can only add. */
function cpuUs(work: () => number): number {
  let least = Number.POSITIVE_INFINITY
  // What the work returns is kept, so that the compiler cannot leave it out.
  let kept = 0
  for (let round = 0; round <= rounds; round++) {
    const start = process.cpuUsage()
    for (let i = 0; i < itemsPerRound; i++) kept += work()
    const { user, system } = process.cpuUsage(start)
    if (round > 0) least = Math.min(least, (user + system) / itemsPerRound)
  }
  if (kept === 0) throw new Error('the bench has done nothing')
  return least
}
