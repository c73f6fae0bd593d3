import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { shadeCount, shadeOf } from '../../../reports/charts/heatmap.ts'
import { linePath, spread, stepPath } from '../../../reports/charts/path.ts'
import { linearScale, logScale, position, stepAbove, stepBelow, timeTicks } from '../../../reports/charts/scale.ts'
import { renderRunReport } from '../../../reports/run/render.ts'
import type { SeriesColumns } from '../../../reports/schema/result.ts'
import { heightAt, vertices } from '../../support/results/drawn.ts'
import { samples } from '../../support/results/samples.ts'

const latencies = fc.array(fc.integer({ min: 1, max: 120_000_000 }), { minLength: 1, maxLength: 200 })

describe('axes', () => {
  it('always hold every value, between 1-2-5 steps', () => {
    fc.assert(
      fc.property(latencies, (values) => {
        const scale = logScale(values)
        for (const value of values) assert.ok(scale.min <= value * 1.000001 && value <= scale.max * 1.000001)
        for (const tick of scale.ticks)
          assert.ok([1, 2, 5].includes(Number(tick.toExponential(3).split('e')[0])), String(tick))
        assert.equal(position(scale, scale.min), 0)
        assert.ok(Math.abs(position(scale, scale.max) - 1) < 1e-9)
        const linear = linearScale(values)
        assert.ok(linear.min === 0 && Math.max(...values) <= linear.max * (1 + 1e-9))
      }),
    )
  })

  it('steps are neighbours of their value', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 1e9, noNaN: true }), (value) => {
        assert.ok(stepBelow(value) <= value * (1 + 1e-6) && stepAbove(value) >= value * (1 - 1e-6))
        assert.ok(stepAbove(value) / stepBelow(value) <= 2.5 + 1e-6)
      }),
    )
  })

  it('time ticks start at 0, stay within the run and are few', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7_200 }), fc.integer({ min: 3, max: 14 }), (endS, wanted) => {
        const ticks = timeTicks(endS, wanted)
        assert.equal(ticks[0], 0)
        assert.ok((ticks.at(-1) ?? 0) <= endS && ticks.length <= wanted + 1)
      }),
    )
  })
})

describe('paths', () => {
  const column = fc.array(fc.option(fc.integer({ min: 0, max: 100 })), { minLength: 1, maxLength: 60 })

  it('steps give every column back and leave gaps open', () => {
    fc.assert(
      fc.property(column, (values) => {
        const d = stepPath({ s: values.map((_, i) => i), endS: values.length, values }, (value) => value)
        values.forEach((value, i) => {
          assert.equal(heightAt(d, i + 0.5), value)
        })
      }),
    )
  })

  it('lines pass through every value in the middle of its second', () => {
    fc.assert(
      fc.property(column, (values) => {
        const d = linePath({ s: values.map((_, i) => i), endS: values.length, values }, (value) => value)
        const expected = values.flatMap((value, i) => (value === null ? [] : [[i + 0.5, value]]))
        assert.deepEqual(vertices(d), expected)
        const runs = values.filter((value, i) => value !== null && (values[i - 1] ?? null) === null).length
        assert.equal((d.match(/M/g) ?? []).length, runs)
      }),
    )
  })

  it('labels keep their order, their distance and the height', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 6 }), (wanted) => {
        const placed = spread(wanted, 16, 200)
        const order = wanted.map((y, i) => ({ y, at: placed[i] as number })).sort((a, b) => a.y - b.y)
        order.forEach(({ at }, i) => {
          assert.ok(at <= 200)
          if (i > 0) assert.ok(at - (order[i - 1]?.at ?? 0) >= 16 - 1e-9)
        })
      }),
    )
  })

  it('shades rise with the count and span the whole scale', () => {
    assert.equal(shadeOf(1, 5_000), 0)
    assert.equal(shadeOf(5_000, 5_000), shadeCount - 1)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9_999 }), (count) =>
        assert.ok(shadeOf(count, 1e4) <= shadeOf(count + 1, 1e4)),
      ),
    )
  })
})

describe('the static pictures', () => {
  const result = samples.eventful()
  const html = renderRunReport(result)
  const figure = (id: string) =>
    new RegExp(`<figure class="chart[^"]*" id="chart-${id}"[\\s\\S]*?</figure>`).exec(html)?.[0] ?? ''
  const attribute = (text: string, name: string) => Number(new RegExp(` data-${name}="([^"]+)"`).exec(text)?.[1])

  const charts: readonly [string, number, readonly [string, keyof SeriesColumns][]][] = [
    [
      'latency',
      280,
      [
        ['p50', 'deliveryP50'],
        ['p99', 'deliveryP99'],
        ['max', 'deliveryMax'],
      ],
    ],
    ['lateness', 180, [['lateness', 'latenessP99']]],
    ['recovery', 180, [['p99', 'deliveryP99']]],
  ]
  for (const [id, height, lines] of charts)
    it(`${id}: vertices mapped back are the columns, the largest is the run's largest, gaps stay`, () => {
      const text = figure(id)
      const [y0, y1] = [attribute(text, 'y0'), attribute(text, 'y1')]
      for (const [name, key] of lines) {
        const d = new RegExp(`<path class="line[^"]*" data-series="${name}" d="([^"]+)"`).exec(text)?.[1] ?? ''
        const values = (result.series[key] as (number | null)[]).flatMap((value, i) =>
          value === null ? [] : [{ value, i }],
        )
        const points = vertices(d)
        assert.equal(points.length, values.length)
        values.forEach(({ value, i }, at) => {
          const [x, y] = points[at] as [number, number]
          assert.equal(x, i + 0.5)
          const wanted = height * (1 - Math.log(value / y0) / Math.log(y1 / y0))
          assert.ok(Math.abs(y - wanted) <= 0.5 + 1e-9, `${name} at ${i}`)
        })
        assert.ok(d.match(/m/g)?.length === (key.startsWith('delivery') ? 2 : 1))
      }
    })

  it('backlog and load: steps mapped back are the columns', () => {
    for (const [id, height, name, key] of [
      ['load', 240, 'acked', 'acked'],
      ['load', 240, 'offered', 'offered'],
      ['backlog', 180, 'backlog', 'backlog'],
    ] as const) {
      const text = figure(id)
      const y1 = attribute(text, 'y1')
      const d = new RegExp(`<path class="line[^"]*" data-series="${name}" d="([^"]+)"`).exec(text)?.[1] ?? ''
      result.series[key].forEach((value, i) => {
        const wanted = height * (1 - (value ?? 0) / y1)
        assert.ok(Math.abs((heightAt(d, i + 0.5) ?? -9) - wanted) <= 0.5, `${id} ${name} at ${i}`)
      })
      assert.ok(y1 >= Math.max(...result.series[key].map((value) => value ?? 0)))
    }
  })

  it('the heat map holds every sample', () => {
    const sum = result.heatmap.columns.reduce((total, [, , ...counts]) => total + counts.reduce((a, b) => a + b, 0), 0)
    assert.equal(sum, result.heatmap.samples)
    const cells = result.heatmap.columns.reduce(
      (total, [, , ...counts]) => total + counts.filter((count) => count > 0).length,
      0,
    )
    assert.equal(attribute(figure('heatmap'), 'cells'), cells)
  })

  it('phases and the SLO stand where the profile has them', () => {
    const text = figure('latency')
    const endS = attribute(text, 'x1')
    const hold = result.phases.find(({ name }) => name === 'hold')
    const rect = /<rect class="tint2" data-phase="hold" x="([\d.]+)%" width="([\d.]+)%"/.exec(text)
    assert.ok(Math.abs(Number(rect?.[1]) - (100 * (hold?.startS ?? 0)) / endS) < 0.01)
    assert.ok(Math.abs(Number(rect?.[2]) - (100 * (hold?.durationS ?? 0)) / endS) < 0.01)
    const line = /<line class="mark slo" x1="([\d.]+)%" x2="([\d.]+)%"/.exec(text)
    assert.ok(
      Math.abs(Number(line?.[1]) - (100 * 2) / endS) < 0.01 && Math.abs(Number(line?.[2]) - (100 * 107) / endS) < 0.01,
    )
  })

  it('data tables have counts as counts and latencies in ms', () => {
    const head = (id: string) => /<table data-columns-src[\s\S]*?<thead>([\s\S]*?)<\/thead>/.exec(figure(id))?.[1] ?? ''
    assert.match(head('load'), /offered.*sent.*acked.*goodput.*refused/)
    assert.doesNotMatch(head('load'), /ms/)
    assert.equal(head('latency').match(/, ms/g)?.length, 3)
  })

  it('data tables repeat the columns they name', () => {
    const table = /<table data-columns-src="([^"]+)">([\s\S]*?)<\/table>/.exec(figure('backlog'))
    assert.equal(table?.[1], '/series/s /series/backlog')
    const rows = [...(table?.[2] ?? '').matchAll(/<tr><th scope="row">(\d+)<td>([^<\n]+)/g)]
    assert.deepEqual(
      rows.map(([, s, value]) => [Number(s), Number(value?.replaceAll('\u202f', ''))]),
      result.series.s.map((s, i) => [s, result.series.backlog[i]]),
    )
  })
})
