import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
// @ts-expect-error ws exports its sender; its types do not say so
import { Sender } from 'ws'
import { escapeHeader, unescapeHeader } from '../../../system/protocol/stomp/escapes.ts'
import { StompParser } from '../../../system/protocol/stomp/parser.ts'
import {
  connectedFrame,
  errorFrame,
  MessageTemplate,
  receiptFrame,
} from '../../../system/protocol/stomp/server-frames.ts'
import { heartBeatFrame, textFrame } from '../../../system/protocol/stomp/websocket.ts'

/** The STOMP frame inside a WebSocket frame, read back. */
function parse(frame: Buffer) {
  const parser = new StompParser({ headers: 20, headBytes: 10_000, frameBytes: 1_000_000 })
  const marker = frame[1] as number
  parser.push(frame.subarray(marker === 127 ? 10 : marker === 126 ? 4 : 2))
  const read = parser.next()
  assert.ok(read)
  assert.equal(parser.next(), undefined)
  return { command: read.command, headers: Object.fromEntries(read.headers()), body: read.body.toString() }
}

for (const bodyBytes of [0, 100, 124 - 4, 125 - 4, 126 - 4, 65_535 - 4, 65_536 - 4, 700_000]) {
  test(`a WebSocket frame around ${bodyBytes} bytes is what ws itself would send`, () => {
    const body = Buffer.alloc(bodyBytes, 'x')
    const payload = Buffer.concat([Buffer.from('abc'), body, Buffer.from([0])])
    const theirs = Sender.frame(payload, { fin: true, opcode: 1, mask: false, readOnly: true, rsv1: false })
    assert.ok(textFrame(Buffer.from('ab'), 'c', body).equals(Buffer.concat(theirs)))
  })
}

test('a heart-beat is one line end in a text frame', () => {
  const theirs = Sender.frame(Buffer.from('\n'), { fin: true, opcode: 1, mask: false, readOnly: true, rsv1: false })
  assert.ok(heartBeatFrame.equals(Buffer.concat(theirs)))
})

test('any text survives as a header', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '\\', ':', '\r', '\n', 'n', 'c', '한') })
  fc.assert(fc.property(text, (plain) => assert.equal(unescapeHeader(escapeHeader(plain)), plain)))
})

test('a MESSAGE carries its headers in full', () => {
  const body = Buffer.from('{"body":"안녕\\u0000"}')
  const frame = parse(new MessageTemplate('sub:1', '/topic/rooms/r').frame('01J', body))
  assert.deepEqual(frame, {
    command: 'MESSAGE',
    headers: {
      subscription: 'sub:1',
      destination: '/topic/rooms/r',
      'content-type': 'application/json',
      'message-id': '01J',
      'content-length': String(body.length),
    },
    body: body.toString(),
  })
})

test('a RECEIPT echoes the id as it came, also when it is not ASCII', () => {
  assert.deepEqual(parse(receiptFrame('a\\cb')), { command: 'RECEIPT', headers: { 'receipt-id': 'a:b' }, body: '' })
  assert.deepEqual(parse(receiptFrame('영수')), { command: 'RECEIPT', headers: { 'receipt-id': '영수' }, body: '' })
})

test('CONNECTED and ERROR are complete', () => {
  const connected = parse(connectedFrame({ heartBeat: '10,10', session: 's', server: 'c/1', userName: 'u' }))
  assert.deepEqual(connected.headers, {
    version: '1.2',
    'heart-beat': '10,10',
    session: 's',
    server: 'c/1',
    'user-name': 'u',
  })
  const error = parse(errorFrame('a: b\nc', [['code', 'SYS-400']], '한'))
  assert.equal(error.headers.message, 'a: b\nc')
  assert.equal(error.headers.code, 'SYS-400')
  assert.equal(error.headers['content-length'], '3')
  assert.equal(error.body, '한')
})
