import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { TimerWheel } from '../../../system/roles/gateway/timer-wheel.ts'

const step = fc.oneof(
  fc.record({
    kind: fc.constant('schedule'),
    item: fc.nat({ max: 5 }),
    inMs: fc.integer({ min: -50, max: 900 }),
  }),
  fc.record({ kind: fc.constant('cancel'), item: fc.nat({ max: 5 }), inMs: fc.constant(0) }),
  fc.record({ kind: fc.constant('wait'), item: fc.constant(0), inMs: fc.integer({ min: 0, max: 700 }) }),
)

test('each item comes due once, at the first tick at or after its time, also when ticks are missed', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const tickMs = 10
      let nowMs = 1_000
      let lastTickMs = 1_000
      const wheel = new TimerWheel<number>(tickMs, 16, nowMs)
      // The obvious form: a map of times that is searched whole.
      const model = new Map<number, number>()
      for (const { kind, item, inMs } of steps) {
        if (kind === 'schedule') {
          wheel.schedule(item, nowMs + inMs)
          model.set(item, Math.max(nowMs + inMs, lastTickMs + tickMs))
        } else if (kind === 'cancel') {
          wheel.cancel(item)
          model.delete(item)
        } else {
          nowMs += inMs
          lastTickMs = Math.floor(nowMs / tickMs) * tickMs
          const due: number[] = []
          wheel.advance(nowMs, (one) => due.push(one))
          // An item between two ticks may wait for the next one.
          const surely = [...model].filter(([, atMs]) => Math.ceil(atMs / tickMs) * tickMs <= lastTickMs)
          assert.deepEqual(due.toSorted(), surely.map(([one]) => one).toSorted())
          for (const one of due) model.delete(one)
        }
        assert.equal(wheel.size, model.size)
      }
    }),
  )
})

test('an item may be scheduled again while it is due', () => {
  const wheel = new TimerWheel<string>(10, 8, 0)
  wheel.schedule('a', 10)
  const due: number[] = []
  const again = (item: string, nowMs: number) => {
    due.push(nowMs)
    wheel.schedule(item, nowMs + 20)
  }
  for (let nowMs = 10; nowMs <= 60; nowMs += 10) wheel.advance(nowMs, again)
  assert.deepEqual(due, [10, 30, 50])
})
