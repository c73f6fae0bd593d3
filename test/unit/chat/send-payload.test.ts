import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseObject, sendPayload } from '../../../system/chat/send-payload.ts'
import { ChatError } from '../../../system/protocol/errors.ts'

const least = { clientMessageId: 'c1', type: 'TALK', body: 'x' }

function refusal(act: () => unknown): ChatError {
  try {
    act()
  } catch (error) {
    assert.ok(error instanceof ChatError, String(error))
    return error
  }
  throw new assert.AssertionError({ message: 'it was not refused' })
}

test('a payload with every field is taken over', () => {
  const payload = sendPayload({ ...least, type: 'FILE', fileId: 'f1', sentAt: 1_000, extra: true })
  assert.deepEqual(payload, { clientMessageId: 'c1', type: 'FILE', body: 'x', fileId: 'f1', sentAtMs: 1_000 })
  assert.equal(sendPayload({ ...least, sentAt: '2026-01-01T00:00:00Z' }).sentAtMs, Date.UTC(2026, 0, 1))
  assert.equal(sendPayload({ ...least, fileId: null, sentAt: null }).fileId, undefined)
})

test('older names of types are understood', () => {
  assert.equal(sendPayload({ ...least, type: 'TEXT' }).type, 'TALK')
  assert.equal(sendPayload({ ...least, type: 'IMG' }).type, 'IMAGE')
})

const refused: [claim: string, change: Record<string, unknown>, names: RegExp][] = [
  ['no clientMessageId', { clientMessageId: undefined }, /clientMessageId/],
  ['an empty clientMessageId', { clientMessageId: '' }, /clientMessageId/],
  ['a clientMessageId of 65 characters', { clientMessageId: 'c'.repeat(65) }, /clientMessageId/],
  ['a number as clientMessageId', { clientMessageId: 7 }, /clientMessageId/],
  ['an unknown type', { type: 'SHOUT' }, /type must be one of/],
  ['a name of every object as type', { type: 'constructor' }, /type/],
  ["the system's own voice", { type: 'SYSTEM' }, /type/],
  ['no body', { body: undefined }, /body/],
  ['an empty TALK', { body: '' }, /body/],
  ['a lone surrogate, which no UTF-8 can hold', { body: 'a\ud800' }, /body/],
  ['an empty fileId', { fileId: '' }, /fileId/],
  ['a sentAt that is no time', { sentAt: 'yesterday' }, /sentAt/],
  ['a negative sentAt', { sentAt: -1 }, /sentAt/],
]

for (const [claim, change, names] of refused) {
  test(`refuses ${claim}`, () => {
    const error = refusal(() => sendPayload({ ...least, ...change }))
    assert.equal(error.code, 'MSG-400')
    assert.match(error.message, names)
    assert.equal(error.message.split('; ').length, 1)
  })
}

test('every problem is listed at once', () => {
  const { message } = refusal(() => sendPayload({ fileId: 1, sentAt: {} }))
  for (const name of ['clientMessageId', 'type', 'body', 'fileId', 'sentAt']) assert.match(message, new RegExp(name))
})

test('the body limit is counted in bytes of UTF-8: 102,400 pass, one more does not', () => {
  assert.equal(sendPayload({ ...least, body: 'x'.repeat(102_400) }).body.length, 102_400)
  assert.equal(sendPayload({ ...least, body: `${'한'.repeat(34_133)}x` }).body.length, 34_134)
  assert.equal(refusal(() => sendPayload({ ...least, body: 'x'.repeat(102_401) })).code, 'MSG-413')
  assert.equal(refusal(() => sendPayload({ ...least, body: `${'한'.repeat(34_133)}xx` })).code, 'MSG-413')
})

test('any JSON is either taken or refused with a code', () => {
  const key = fc.constantFrom('clientMessageId', 'type', 'body', 'fileId', 'sentAt', '__proto__')
  fc.assert(
    fc.property(fc.dictionary(key, fc.jsonValue()), (fields) => {
      try {
        sendPayload(parseObject(JSON.stringify(fields)))
      } catch (error) {
        assert.ok(error instanceof ChatError, String(error))
      }
    }),
  )
})

test('what is no JSON object is refused', () => {
  for (const text of ['', '{', '[]', 'null', '7', '"x"']) assert.equal(refusal(() => parseObject(text)).code, 'MSG-400')
})
