import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bigintArray, doubleArray, textArray } from '../../../system/stores/postgres/arrays.ts'

/** Reads an array as the server does (`array_recv`): one dimension, elements with their lengths, and nothing behind. */
function read<Element>(array: Buffer, element: (bytes: Buffer) => Element) {
  const [dimensions, hasNull, type] = [0, 4, 8].map((at) => array.readInt32BE(at))
  const elements: (Element | null)[] = []
  let at = 12
  if (dimensions === 1) {
    const count = array.readInt32BE(at)
    assert.equal(array.readInt32BE(at + 4), 1)
    at += 8
    for (let k = 0; k < count; k++) {
      const bytes = array.readInt32BE(at)
      at += 4
      elements.push(bytes === -1 ? null : element(array.subarray(at, at + bytes)))
      at += Math.max(bytes, 0)
    }
  }
  assert.equal(at, array.length)
  return { type, hasNull: hasNull === 1, elements }
}

const nullable = <Value>(values: fc.Arbitrary<Value>) => fc.array(fc.option(values, { nil: null }), { maxLength: 20 })

test('texts, empty and absent ones too, are read back by the rules of the protocol', () => {
  const texts = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', '{"a",\\}', 'NULL', '축구 😀'))
  fc.assert(
    fc.property(nullable(texts.filter((text) => !text.includes('\0') && !text.includes('\u001a'))), (values) => {
      const found = read(textArray(values), (bytes) => bytes.toString('utf8'))
      assert.deepEqual(found, { type: 25, hasNull: values.includes(null), elements: values })
    }),
  )
})

test('safe integers are read back, of either sign', () => {
  fc.assert(
    fc.property(fc.array(fc.maxSafeInteger(), { maxLength: 20 }), (values) => {
      const found = read(bigintArray(values), (bytes) => Number(bytes.readBigInt64BE()))
      assert.deepEqual(found, { type: 20, hasNull: false, elements: values.map((value) => value + 0) })
    }),
  )
})

test('doubles are read back, and null is null', () => {
  fc.assert(
    fc.property(nullable(fc.double({ noNaN: true })), (values) => {
      const found = read(doubleArray(values), (bytes) => bytes.readDoubleBE())
      assert.deepEqual(found, { type: 701, hasNull: values.includes(null), elements: values })
    }),
  )
})
