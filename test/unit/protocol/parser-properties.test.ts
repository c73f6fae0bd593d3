import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FrameImpl, Parser } from '@stomp/stompjs'
import fc from 'fast-check'
import { ChatError } from '../../../system/protocol/errors.ts'
import { escapeHeader } from '../../../system/protocol/stomp/escapes.ts'
import { StompParser } from '../../../system/protocol/stomp/parser.ts'

const bounds = { headers: 6, headBytes: 120, frameBytes: 200 }

/** Everything that can be seen of a parse, as text: frames in order, then the error. */
function outcome(chunks: readonly Buffer[]): string[] {
  const parser = new StompParser(bounds)
  const seen: string[] = []
  try {
    for (const chunk of chunks) {
      parser.push(chunk)
      for (let frame = parser.next(); frame; frame = parser.next()) {
        seen.push(JSON.stringify([frame.command, frame.headers(), frame.body.toString('hex')]))
      }
      assert.ok(parser.heldBytes <= bounds.frameBytes, 'the parser holds more than one frame')
    }
  } catch (error) {
    if (!(error instanceof ChatError)) throw error
    seen.push(`${error.code} ${error.message}`)
  }
  return seen
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b)
  return [0, ...at].map((from, i) => Buffer.from(bytes.subarray(from, at[i] ?? bytes.length)))
}

const headerText = fc.string({ unit: fc.constantFrom('a', 'b', ':', '\\', '\r', '\n', '한', ' '), maxLength: 6 })
const header = fc.tuple(
  headerText.filter((name) => name !== ''),
  headerText,
)
const wireFrame = fc
  .record({
    command: fc.constantFrom('SEND', 'SUBSCRIBE', 'MESSAGE', 'BEGIN'),
    headers: fc.array(header, { maxLength: 4 }),
    body: fc.uint8Array({ maxLength: 20 }),
    eol: fc.constantFrom('\n', '\r\n'),
    beats: fc.constantFrom('', '\n', '\r\n', '\n\n'),
  })
  .map(({ command, headers, body, eol, beats }) => {
    const lines = headers.map(([name, value]) => `${escapeHeader(name)}:${escapeHeader(value)}${eol}`).join('')
    const head = `${command}${eol}${lines}content-length:${body.length}${eol}${eol}`
    return Buffer.concat([Buffer.from(head), Buffer.from(body), Buffer.from(`\0${beats}`)])
  })
const mutation = fc.record({
  at: fc.nat(),
  kind: fc.constantFrom('replace', 'insert', 'delete', 'repeat'),
  byte: fc.oneof(fc.constantFrom(0, 10, 13, 58, 92), fc.integer({ min: 0, max: 255 })),
})
const mutated = fc
  .tuple(fc.array(wireFrame, { minLength: 1, maxLength: 3 }), fc.array(mutation, { maxLength: 3 }))
  .map(([frames, mutations]) => mutations.reduce(mutate, Buffer.concat(frames)))

function mutate(bytes: Buffer, { at, kind, byte }: { at: number; kind: string; byte: number }): Buffer {
  const place = at % (bytes.length + 1)
  const [before, after] = [bytes.subarray(0, place), bytes.subarray(place)]
  if (kind === 'insert') return Buffer.concat([before, Buffer.from([byte]), after])
  if (kind === 'delete') return Buffer.concat([before, after.subarray(1)])
  if (kind === 'repeat') return Buffer.concat([before, after, after])
  return Buffer.concat([before, Buffer.from([byte]), after.subarray(1)])
}

function splitsAgree(bytes: Buffer, places: readonly number[]): void {
  const expected = outcome([bytes])
  assert.deepEqual(outcome(cut(bytes, places)), expected)
  assert.deepEqual(outcome([...bytes].map((byte) => Buffer.from([byte]))), expected)
}

const places = fc.array(fc.nat(), { maxLength: 12 })

test('any cut of good and mutated frames gives the same frames and the same error', () => {
  fc.assert(fc.property(mutated, places, splitsAgree), { numRuns: 2_000 })
})

test('any cut of random bytes gives the same', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), places, (bytes, at) => splitsAgree(Buffer.from(bytes), at)),
    {
      numRuns: 1_000,
    },
  )
})

test('what the common client library writes is read as it was meant', () => {
  // The library escapes values only.
  const name = headerText.filter((text) => /^[^\r\n:\\]+$/.test(text))
  fc.assert(
    fc.property(fc.dictionary(name, headerText, { maxKeys: 3 }), fc.string({ maxLength: 20 }), (headers, body) => {
      const text = FrameImpl.marshall({ command: 'SEND', headers, body, escapeHeaderValues: true })
      const parser = new StompParser({ ...bounds, frameBytes: 1_000, headBytes: 500 })
      parser.push(Buffer.from(text as string))
      const frame = parser.next()
      const read = new Map(frame?.headers())
      for (const [key, value] of Object.entries(headers)) assert.equal(read.get(key), value)
      assert.equal(frame?.body.toString(), body)
    }),
  )
})

test('the common client library reads the same frames from the same bytes', () => {
  fc.assert(
    fc.property(fc.array(wireFrame, { minLength: 1, maxLength: 3 }), (frames) => {
      const bytes = Buffer.concat(frames)
      const theirs: string[] = []
      const peer = new Parser(
        (raw) =>
          theirs.push(JSON.stringify([raw.command, raw.headers, Buffer.from(raw.binaryBody ?? []).toString('hex')])),
        () => undefined,
      )
      peer.parseChunk(new Uint8Array(bytes).buffer)
      const parser = new StompParser({ ...bounds, headBytes: 2_000, frameBytes: 4_000 })
      parser.push(bytes)
      const ours: string[] = []
      for (let frame = parser.next(); frame; frame = parser.next()) {
        const headers = frame.headers().map(([name, value]) => [escapeHeader(name), escapeHeader(value)])
        ours.push(JSON.stringify([frame.command, headers, frame.body.toString('hex')]))
      }
      assert.deepEqual(ours, theirs)
    }),
  )
})
