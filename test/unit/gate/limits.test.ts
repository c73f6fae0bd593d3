import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseLimits } from '../../../lab/gate/limits.ts'

test('a limit is a ratio or the share that may come on top', () => {
  const { limits, problems } = parseLimits(['p99=1.15x', 'hold:ack:p99.9=15%', 'errors=1x', 'cpu=120%', 'base:max=0%'])
  assert.deepEqual(problems, [])
  assert.deepEqual(
    limits.map(({ id, atMost }) => [id, atMost]),
    [
      ['p99', 1.15],
      ['hold:ack:p99.9', 1.15],
      ['errors', 1],
      ['cpu', 2.2],
      ['base:max', 1],
    ],
  )
})

test('every text that is none is named', () => {
  const texts = ['p99', 'p99=', '=1x', 'p99=1.15', 'p99=0.9x', 'p99=-1%', 'p99=101x', 'p95=2x', 'warm-up:p99=2x']
  const wrong = [...texts, 'cpu:p99=2x', 'hold:cpu=2x', 'ledger:lost_after_ack=2x', 'p99=1x=2x', 'p99=250ms', '']
  const { limits, problems } = parseLimits(wrong)
  assert.deepEqual([limits, problems.length], [[], wrong.length])
  wrong.forEach((text, index) => {
    assert.ok(problems[index]!.startsWith(`--max-regression=${text}: `), problems[index])
  })
})

test('one figure has one limit, however it is written', () => {
  assert.match(parseLimits(['p99=1.1x', 'delivery:p99=20%']).problems.join(), /delivery:p99=20%: given twice/)
})

test('both ways of writing mean the same', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9_900 }), (percent) => {
      const [share, ratio] = parseLimits([`p99=${percent}%`, `p50=${Number((1 + percent / 100).toFixed(2))}x`]).limits
      assert.equal(share!.atMost, ratio!.atMost)
    }),
  )
})
