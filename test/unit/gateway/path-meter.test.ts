import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ChatMessage } from '../../../system/protocol/message.ts'
import { PathMeter } from '../../../system/roles/gateway/path-meter.ts'
import { LatencySeries } from '../../../system/roles/latency-histogram.ts'

const message = (stamps: { acceptedAtMs: number; durableAtMs?: number }) => stamps as ChatMessage

function meter() {
  const stages = { durable: new LatencySeries(), fanout: new LatencySeries(), write: new LatencySeries() }
  const delivery = new LatencySeries()
  const sumOfParts = () => Object.values(stages).reduce((sum, { sumS }) => sum + sumS, 0)
  return { stages, delivery, sumOfParts, path: new PathMeter({ stages, delivery }) }
}

test('the parts add up to the whole, whatever the stamps say', () => {
  const stamp = fc.integer({ min: -2_000, max: 2_000 })
  const stamps = fc.record({ accepted: stamp, durable: fc.option(stamp, { nil: undefined }) })
  fc.assert(
    fc.property(fc.array(stamps, { minLength: 1, maxLength: 20 }), (all) => {
      const { path, sumOfParts, delivery } = meter()
      const nowMs = Date.now()
      path.pickUp()
      for (const { accepted, durable } of all) {
        const durableAtMs = durable === undefined ? undefined : nowMs + durable
        path.add(message({ acceptedAtMs: nowMs + accepted, durableAtMs }))
      }
      path.written()
      // The whole is read from a clock of whole milliseconds, at both of its ends.
      const resolutionS = 0.001 * all.length
      assert.ok(Math.abs(sumOfParts() - delivery.sumS) <= resolutionS, `${sumOfParts()} and ${delivery.sumS}`)
    }),
  )
})

test('each part has its own share', () => {
  const { path, stages, delivery } = meter()
  const nowMs = Date.now()
  path.pickUp()
  path.add(message({ acceptedAtMs: nowMs - 5_000, durableAtMs: nowMs - 2_000 }))
  path.written()
  assert.equal(Math.round(stages.durable.sumS), 3)
  assert.equal(Math.round(stages.fanout.sumS), 2)
  assert.equal(Math.round(stages.write.sumS), 0)
  assert.equal(Math.round(delivery.sumS), 5)
})

test('a turn without messages gives no samples, and no message is timed twice', () => {
  const { path, delivery, stages } = meter()
  path.written()
  path.pickUp()
  path.add(message({ acceptedAtMs: Date.now() }))
  path.written()
  path.written()
  const count = ({ counts }: LatencySeries) => counts.reduce((sum, each) => sum + each, 0)
  assert.deepEqual([delivery, stages.durable, stages.fanout, stages.write].map(count), [1, 1, 1, 1])
})
