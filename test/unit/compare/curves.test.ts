import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { spectrumCurve, timeCurves } from '../../../lab/compare/curves.ts'
import { runColumns } from '../../../lab/judge/columns.ts'
import { mergeSeconds } from '../../../lab/judge/merge.ts'
import { Intervals } from '../../../lab/measure/intervals.ts'
import type { SeriesColumns } from '../../../reports/schema/result.ts'
import { passResult } from '../../support/results/samples.ts'

/** Phases begin and end at whole seconds, faults at any moment. */
const edges = fc.array(fc.double({ min: 0, max: 4_000, noNaN: true }), { maxLength: 12 })
const gaps = fc.option(fc.integer({ min: 0, max: 1_000_000 }), { nil: null })
const top = (values: readonly (number | null)[]) => Math.max(-1, ...values.flatMap((value) => value ?? []))

type Values = readonly (number | null)[]

/** A run in which only p99 and backlog are known, as its result keeps it. */
function seriesOf(p99: Values, backlog: Values, edgesS: readonly number[], doublings = 0): SeriesColumns {
  const unknown = Object.entries(passResult().series).map(([name, values]) => [
    name,
    Array.isArray(values) ? p99.map(() => null) : values,
  ])
  const seconds = {
    ...Object.fromEntries(unknown),
    s: p99.map((_, index) => index),
    deliveryP99: [...p99],
    backlog: [...backlog],
  }
  return mergeSeconds(seconds, new Intervals(), runColumns(p99.length, edgesS, doublings))
}

test('a run of any length keeps its worst second, in at most 120 columns that begin where they say and cross no edge', () => {
  const rowsOf = fc.array(fc.tuple(gaps, gaps), { minLength: 1, maxLength: 4_000 })
  fc.assert(
    fc.property(rowsOf, edges, fc.nat({ max: 3 }), (rows, edgesS, doublings) => {
      const [p99, backlog] = [rows.map(([value]) => value), rows.map(([, value]) => value)]
      const curves = timeCurves(seriesOf(p99, backlog, edgesS, doublings), rows.length, edgesS)
      assert.ok(curves.s.length <= 120)
      assert.deepEqual([top(curves.deliveryP99), top(curves.backlog)], [top(p99), top(backlog)])
      curves.s.forEach((from, index) => {
        const to = curves.s[index + 1] ?? rows.length
        assert.equal(curves.deliveryP99[index] ?? -1, top(p99.slice(from, to)))
        assert.equal(curves.backlog[index] ?? -1, top(backlog.slice(from, to)))
      })
      const inside = edgesS.map(Math.floor).filter((edge) => edge < rows.length)
      assert.deepEqual(
        inside.filter((edge) => !curves.s.includes(edge)),
        [],
        'a column crosses an edge',
      )
      if (rows.length <= 120 && doublings === 0)
        assert.deepEqual(curves, { s: rows.map((_, index) => index), deliveryP99: p99, backlog })
    }),
    { numRuns: 60 },
  )
})

test('in an hour too every phase and every fault begins a column', () => {
  const s = Array.from({ length: 3_600 }, (_, index) => index)
  const edgesS = [17, 1_001.9, 1_003.2, 3_333]
  const curves = timeCurves(seriesOf(s, s, edgesS), s.length, edgesS)
  assert.ok(curves.s.length > 60 && curves.s.length <= 120)
  assert.deepEqual(
    [17, 1_001, 1_003, 3_333].filter((edge) => !curves.s.includes(edge)),
    [],
  )
  // The last column before an edge holds the last second before it.
  assert.equal(curves.deliveryP99[curves.s.indexOf(1_001) - 1], 1_000)
})

test('a thinned spectrum keeps its ends and the edge where it gets thin', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 80 }), fc.nat(), (length, edge) => {
      const points = Array.from({ length }, (_, index): [number, number] => [index / length, index])
      const solid = edge % (length + 1)
      const curve = spectrumCurve({ phase: 'hold', points, solid })
      assert.deepEqual([curve.points[0], curve.points.at(-1)], [points[0], points.at(-1)])
      assert.deepEqual([curve.points[curve.solid], curve.points[curve.solid - 1]], [points[solid], points[solid - 1]])
      assert.ok(curve.points.length <= length / 2 + 3)
    }),
  )
})
