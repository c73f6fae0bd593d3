import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StoredMarks } from '../../../system/chat/stored-marks.ts'

test('marks are handed out from any number on, as often as asked', () => {
  const marks = new StoredMarks()
  assert.deepEqual(marks.since(0), { marks: [], next: 0 })
  for (let i = 0; i < 5; i++) marks.add(i, 100 + i)
  for (let again = 0; again < 2; again++)
    assert.deepEqual(marks.since(3), {
      marks: [
        [3, 103],
        [4, 104],
      ],
      next: 5,
    })
  assert.deepEqual(marks.since(9), { marks: [], next: 5 })
})

test('only the latest 10,000 are kept, in order', () => {
  const marks = new StoredMarks()
  for (let i = 0; i < 25_003; i++) marks.add(i, i)
  const { marks: kept, next } = marks.since(12)
  assert.equal(next, 25_003)
  assert.deepEqual(
    kept.map(([sentAtMs]) => sentAtMs),
    Array.from({ length: 10_000 }, (_, i) => 15_003 + i),
  )
})
