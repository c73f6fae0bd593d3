import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { textFromStore, textToStore } from '../../../system/stores/postgres/text.ts'

const texts = fc.array(fc.constantFrom('\0', '\u001a', '0', 'a', '축', '😀')).map((parts) => parts.join(''))

test('every text comes back as it was, and what is stored has no character that PostgreSQL refuses', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const stored = textToStore(text)
      assert.ok(!stored.includes('\0'))
      assert.equal(textFromStore(stored), text)
    }),
  )
})

test('two texts are stored alike only when they are alike', () => {
  fc.assert(fc.property(texts, texts, (a, b) => assert.equal(textToStore(a) === textToStore(b), a === b)))
})

test('what has neither of the two characters is stored as it is', () => {
  const plain = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0') && !text.includes('\u001a'))
  fc.assert(fc.property(plain, (text) => assert.equal(textToStore(text), text)))
})
