import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { errorRecord } from '../../../system/stores/sqlite/errors.ts'
import { Lane } from '../../../system/stores/sqlite/lane.ts'

const busy = Object.assign(new Error('database is locked'), { errcode: 5 })

/** A lane whose clock goes on by 10 ms each time it is read. */
function laneFor(totalMs: number): Lane {
  let nowMs = 0
  return new Lane({ totalMs, retryMs: 0 }, () => {
    nowMs += 10
    return nowMs
  })
}

describe('a lane', () => {
  test('runs a job again until the lock is free, and those behind it afterwards', async () => {
    const lane = laneFor(10_000)
    const events: string[] = []
    let attempts = 0
    lane.submit({
      run() {
        attempts++
        if (attempts < 5) throw busy
        events.push('first')
      },
      fail: () => events.push('failed'),
    })
    lane.submit({ run: () => void events.push('second'), fail: () => events.push('failed') })
    await lane.idle()
    assert.deepEqual([events, attempts], [['first', 'second'], 5])
  })

  test('tells the caller once its patience is over: nothing was written and a repeat may succeed', async () => {
    const lane = laneFor(100)
    const failures: unknown[] = []
    lane.submit({
      run() {
        throw busy
      },
      fail: (error) => failures.push(error),
    })
    await lane.idle()
    assert.deepEqual(failures, [busy])
    const { message: _message, ...record } = errorRecord(busy, 'definite')
    assert.deepEqual(record, { kind: 'store', code: 'STORE-TIMEOUT', effect: 'definite', retryable: true })
  })

  test('hands any other error over at once and goes on with the next job', async () => {
    const lane = laneFor(10_000)
    const events: unknown[] = []
    const full = Object.assign(new Error('database or disk is full'), { errcode: 13 })
    lane.submit({
      run() {
        throw full
      },
      fail: (error) => events.push(error),
    })
    lane.submit({ run: () => void events.push('next'), fail: (error) => events.push(error) })
    await lane.idle()
    assert.deepEqual(events, [full, 'next'])
  })

  test('takes jobs after it was idle', async () => {
    const lane = laneFor(10_000)
    const events: string[] = []
    for (const name of ['one', 'two', 'three']) {
      lane.submit({ run: () => void events.push(name), fail: () => events.push('failed') })
      await lane.idle()
    }
    assert.deepEqual(events, ['one', 'two', 'three'])
  })
})
