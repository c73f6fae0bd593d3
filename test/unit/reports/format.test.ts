import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import * as format from '../../../reports/format.ts'

const n = (text: string) => text.replaceAll('_', format.narrowSpace)
const us = fc.integer({ min: 1, max: 120_000_000 })
const factors: Record<string, number> = { µs: 1, ms: 1e3, s: 1e6 }

function readLatency(text: string): number {
  const [, digits = '', unit = ''] = /^([\d.\u202f]+)\u202f(µs|ms|s)$/.exec(text) ?? []
  return Number(digits.replaceAll(format.narrowSpace, '')) * (factors[unit] ?? Number.NaN)
}

describe('the number format', () => {
  const table: readonly [string, string][] = [
    [format.formatLatency(812), '812_µs'],
    [format.formatLatency(999.6), '1.00_ms'],
    [format.formatLatency(1_240), '1.24_ms'],
    [format.formatLatency(84_213), '84.2_ms'],
    [format.formatLatency(2_410_000), '2.41_s'],
    [format.formatLatency(7), '7_µs'],
    [format.formatLatency(0), '0_µs'],
    [format.formatLatencyMs(812), '0.812'],
    [format.formatLatencyMs(84), '0.084'],
    [format.formatLatencyMs(2_412_000), '2_410'],
    [format.formatLatencyBound(1_000_000), '1_s'],
    [format.formatLatencyBound(250_000), '250_ms'],
    [format.formatLatencyBoundMs(1_000_000), '1_000'],
    [format.formatBytes(86.45), '86_B'],
    [format.formatCount(1_646_000), '1_646_000'],
    [format.formatRate(24_987.3), '25_000'],
    [format.formatAxisRate(5_000), '5k'],
    [format.formatAxisRate(2_500), '2.5k'],
    [format.formatAxisRate(500), '500'],
    [format.formatShare(0.99996, 'low'), '99.99_%'],
    [format.formatShare(1, 'low'), '100_%'],
    [format.formatShare(0, 'high'), '0_%'],
    [format.formatShare(0.000001, 'high'), '0.01_%'],
    [format.formatShare(0.999, 'low'), '99.9_%'],
    [format.formatRatio(1.8421), '1.84x'],
    [format.formatSeconds(3.2), '3.2_s'],
    [format.formatSeconds(750), '12_min 30_s'],
    [format.formatMemory(1_610_612_736), '1.50_GiB'],
    [format.formatBytes(186_000_000), '186_MB'],
    [format.formatP(0.00794), '0.0079'],
    [format.formatP(0.0000004), '< 0.001'],
  ]
  for (const [shown, expected] of table) it(`writes ${expected}`, () => assert.equal(shown, n(expected)))

  it('keeps latencies within half a unit of the third digit, and no unit ever reaches 1000', () => {
    fc.assert(
      fc.property(us, (value) => {
        const text = format.formatLatency(value)
        const shown = readLatency(text)
        assert.ok(Math.abs(shown - value) <= Math.max(0.5, value * 0.005), `${value} -> ${text}`)
        if (!text.endsWith('s') || /[µm]s$/.test(text)) assert.ok(Number.parseFloat(text) < 1_000, text)
      }),
    )
  })

  it('never lets rounding move a figure across its bound', () => {
    fc.assert(
      fc.property(us, us, (value, bound) => {
        const digits = format.digitsAgainst(value, bound)
        const shown = readLatency(format.formatLatency(value, digits))
        assert.equal(Math.sign(Number(shown.toPrecision(12)) - bound), Math.sign(value - bound))
      }),
    )
    assert.equal(format.formatLatencyMs(1_000_400, format.digitsAgainst(1_000_400, 1_000_000)), n('1_000.4'))
  })

  it('cuts shares towards the bad side and keeps 0 % and 100 % for exact figures', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (share) => {
        const low = Number.parseFloat(format.formatShare(share, 'low')) / 100
        const high = Number.parseFloat(format.formatShare(share, 'high')) / 100
        if (share >= 0.0001) assert.ok(low <= share + 1e-9)
        if (share <= 0.9999) assert.ok(high >= share - 1e-9)
        assert.equal(low === 1 || high === 1, share === 1)
        assert.equal(low === 0 || high === 0, share === 0)
      }),
    )
  })

  it('groups whole numbers by three and loses no digit', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 40), (count) => {
        const text = format.formatCount(count)
        assert.equal(text.replaceAll(format.narrowSpace, ''), String(count))
        for (const group of text.split(format.narrowSpace).slice(1)) assert.equal(group.length, 3)
      }),
    )
  })
})
