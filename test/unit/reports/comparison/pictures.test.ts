import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { linePath, shorter, stepPath } from '../../../../reports/charts/path.ts'
import { renderComparisonReport } from '../../../../reports/comparison/render.ts'
import type { Comparison, ComparisonArm, ComparisonRun, Effect } from '../../../../reports/schema/comparison.ts'
import { comparisons } from '../../../support/comparisons/samples.ts'
import { strokes } from '../../../support/results/drawn.ts'
import { decode, faults } from '../../../support/results/page.ts'

/**
 * Generated comparisons: any number of arms and runs, gaps everywhere, figures from nothing to huge. The frame
 * around them is a sample's.
 */
const units = [
  'us',
  'ratio',
  'share',
  'count',
  'perSecond',
  's',
  'msPerThousand',
  'MiB',
  'bytesPerMessage',
  'callsPerMessage',
] as const
const figure = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 1, max: 10_000_000 }),
  fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
)
const gaps = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null, freq: 4 })
const factor = fc.oneof(fc.double({ min: 0.01, max: 100, noNaN: true }), fc.constant(1), fc.constant(0))

const metricList = fc.array(
  fc.record({
    unit: fc.constantFrom(...units),
    better: fc.constantFrom('lower' as const, 'higher' as const),
    group: fc.constantFrom('latency' as const, 'cost' as const, 'reads' as const, 'spike' as const),
  }),
  { minLength: 1, maxLength: 4 },
)
const runShape = fc.record({
  excluded: gaps(fc.constant('it was INVALID')),
  values: fc.array(gaps(figure), { minLength: 4, maxLength: 4 }),
  p99: fc.array(gaps(fc.integer({ min: 1, max: 60_000_000 })), { maxLength: 12 }),
  tail: fc.array(fc.integer({ min: 1, max: 60_000_000 }), { maxLength: 5 }),
})
const armShape = fc.record({
  name: fc.string({ minLength: 1, maxLength: 8 }),
  met: fc.boolean(),
  runs: fc.array(runShape, { maxLength: 5 }),
})
const effectShape = fc.record({
  numbers: fc.tuple(gaps(factor), gaps(factor), gaps(factor)),
  decision: fc.constantFrom('better', 'worse', 'equivalent', 'cannot tell', 'not decided') as fc.Arbitrary<
    Effect['decision']
  >,
  p: gaps(fc.double({ min: 0, max: 1, noNaN: true })),
})

const base = comparisons['two runs']()

const comparison = fc
  .record({
    metrics: metricList,
    arms: fc.uniqueArray(armShape, { minLength: 2, maxLength: 4, selector: ({ name }) => name }),
    effects: fc.array(effectShape, { minLength: 3, maxLength: 3 }),
    floor: gaps(fc.tuple(factor, factor, factor)),
    delta: fc.double({ min: 1.001, max: 3, noNaN: true }),
  })
  .map(({ metrics, arms, effects, floor, delta }): Comparison => {
    const list = metrics.map((entry, index) => ({
      ...entry,
      id: `m/${index}~`,
      title: `metric ${'abcd'[index]}`,
      primary: index === 0,
      component: null,
    }))
    const shares = (id: string) => list.find((entry) => entry.id === id)?.unit === 'share'
    const runs = arms.flatMap((arm, at) => arm.runs.map((run, index) => runOf(arm.name, `r${at}-${index}`, run)))
    runs.forEach((run, index) => {
      run.order = index + 1
      run.values = Object.fromEntries(
        list.map(({ id }, at) => [id, shares(id) ? halved(run.values[at]) : (run.values[at] ?? null)]),
      )
    })
    const value = (id: string) => runs.flatMap((run) => run.values[id] ?? [])[0]
    return {
      ...structuredClone(base),
      metrics: list,
      delta,
      arms: arms.map((arm, index) =>
        armOf(
          arm,
          runs.filter((run) => run.arm === arm.name),
          index,
        ),
      ),
      runs,
      medianRunMetric: list[0]?.id ?? null,
      summaries: list.flatMap(({ id }) => {
        const median = value(id)
        const arm = runs.find((run) => run.values[id] === median)?.arm
        return median === undefined || arm === undefined
          ? []
          : [{ metric: id, arm, n: 1, median, low: null, high: null }]
      }),
      effects: effectsOf(
        arms.map(({ name }) => name),
        list.map(({ id }) => id),
        effects,
      ),
      floors:
        floor === null
          ? []
          : [
              {
                metric: list[0]?.id ?? '',
                ratio: floor[0],
                low: Math.min(floor[1], floor[2]),
                high: Math.max(floor[1], floor[2]),
                n: [1, 1],
              },
            ],
      differences: [],
      answer: [],
    }
  })

const halved = (value: number | null | undefined) =>
  value === null || value === undefined ? null : (value % 1000) / 1000

function runOf(
  arm: string,
  id: string,
  { excluded, values, p99, tail }: typeof runShape extends fc.Arbitrary<infer T> ? T : never,
): ComparisonRun {
  const points = [...tail].sort((a, b) => a - b).map((us, index): [number, number] => [1 - 10 ** -index, us])
  return {
    id,
    arm,
    order: 1,
    startedAt: null,
    outcome: 'PASS',
    report: null,
    sha256: null,
    excluded,
    values: Object.fromEntries(values.map((value, index) => [index, value])),
    time: p99.length === 0 ? null : { s: p99.map((_, s) => s), deliveryP99: p99, backlog: p99.map(() => null) },
    spectrum: points.length === 0 ? [] : [{ phase: 'hold', points, solid: Math.min(2, points.length) }],
  }
}

function armOf(
  { name, met }: { name: string; met: boolean },
  runs: readonly ComparisonRun[],
  index: number,
): ComparisonArm {
  return {
    name,
    title: null,
    value: name,
    floorOnly: index === 3,
    engines: [],
    compatibleFlags: [],
    metSlos: met,
    missed: met ? null : 'p99 of hold',
    runsPlanned: 5,
    runsUsed: runs.length,
    problem: null,
    limits: [],
    medianRun: runs.find((run) => run.excluded === null)?.id ?? null,
  }
}

function effectsOf(
  arms: readonly string[],
  metrics: readonly string[],
  shapes: readonly {
    numbers: [number | null, number | null, number | null]
    decision: Effect['decision']
    p: number | null
  }[],
): Effect[] {
  const [baseline, arm] = arms
  if (baseline === undefined || arm === undefined) return []
  return metrics.flatMap((metric, index) => {
    const shape = shapes[index]
    if (!shape) return []
    const [ratio, a, b] = shape.numbers
    const [low, high] = a === null || b === null ? [null, null] : [Math.min(a, b), Math.max(a, b)]
    return [
      {
        metric,
        arm,
        baseline,
        n: [1, 1],
        medians: [ratio, null],
        ratio,
        low,
        high,
        p: shape.p,
        holmP: null,
        smallestP: null,
        decision: shape.decision,
        runsToTell: null,
        sentence: 'A sentence.',
      },
    ]
  })
}

const attributesOf = (tag: string) =>
  Object.fromEntries([...tag.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, decode(value)]))
const figuresOf = (html: string) => html.match(/<figure [\s\S]*?<\/figure>/g) ?? []

/** Place of a value on an axis from 0 to 1, worked out from the axis that the picture states. */
function placeOf(value: number, { 'data-v0': v0, 'data-v1': v1, 'data-scale': kind }: Record<string, string>): number {
  const [low, high] = [Number(v0), Number(v1)]
  assert.ok(low <= value * (1 + 1e-9) && value <= high * (1 + 1e-9), `${value} is outside ${low} to ${high}`)
  return kind === 'log' ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low)
}

/** Dots that stand wrong, are missing or too many, in the small strips: one path a series of dots. */
function laneFaults(html: string, { metrics, runs, arms }: Pick<Comparison, 'metrics' | 'runs' | 'arms'>): string[] {
  const strips = [
    ...html.matchAll(
      /<tr data-metric="([^"]*)">[\s\S]*?(?:<svg class="lane-strip"([^>]*)>([\s\S]*?)<\/svg>|no run has a figure)/g,
    ),
  ]
  const rows = new Map(
    strips.map(([, id = '', axis = '', body = '']) => [decode(id), { axis: attributesOf(axis), body }]),
  )
  const others = metrics.filter(
    ({ primary, group }) => !primary && (group !== 'cost' || arms.some(({ metSlos }) => metSlos)),
  )
  return others.flatMap(({ id, group }) => {
    const shown = runs.filter((run) => group !== 'cost' || arms.find(({ name }) => name === run.arm)?.metSlos)
    const known = shown.filter((run) => (run.values[id] ?? null) !== null)
    const row = rows.get(id)
    if (!row) return runs.length === 0 ? [] : [`no strip of ${id}`]
    const dots = [...row.body.matchAll(/<path class="dots lane-dots[^>]*>/g)].flatMap(([tag]) => {
      const { 'data-runs': own = '', 'data-excluded': excluded, d = '' } = attributesOf(tag)
      const places = d
        .split('M')
        .slice(1)
        .map((text) => Number.parseFloat(text) / 1_000)
      const indices = own.split(' ').map(Number)
      return indices.length === places.length
        ? indices.map((index, at) => ({ run: runs[index], at: places[at] ?? -1, excluded: excluded === 'true' }))
        : []
    })
    if (dots.length !== known.length) return [`${id}: ${dots.length} dots in lanes, ${known.length} runs`]
    return known.flatMap((run) => {
      const dot = dots.find((entry) => entry.run?.id === run.id)
      if (!dot) return [`${id}: no ${run.id} in its lane`]
      const right = Math.abs(dot.at - placeOf(run.values[id] as number, row.axis)) < 1e-4
      return right && dot.excluded === (run.excluded !== null) ? [] : [`${id} ${run.id}: at ${dot.at} in its lane`]
    })
  })
}

/** Dots that stand wrong, are missing or too many, in the pictures of every metric. */
function dotFaults(html: string, { metrics, runs, arms }: Comparison): string[] {
  const problems: string[] = laneFaults(html, { metrics, runs, arms })
  for (const figure of figuresOf(html).filter((text) => text.includes('data-metric='))) {
    const { 'data-metric': id = '' } = attributesOf(figure.slice(0, figure.indexOf('>')))
    const cost = metrics.find((metric) => metric.id === id)?.group === 'cost'
    const shown = runs.filter((run) => !cost || arms.find(({ name }) => name === run.arm)?.metSlos)
    const plots = [...figure.matchAll(/<svg class="(strip-plot|plot)"([^>]*)>([\s\S]*?)<\/svg>/g)]
    for (const kind of cost ? ['strip-plot'] : ['strip-plot', 'plot']) {
      const found = plots
        .filter(([, name]) => name === kind)
        .flatMap(([, , axis = '', body = '']) =>
          [...body.matchAll(/<use ([^>]*data-run=[^>]*)>/g)].map(([, tag = '']) => ({
            ...attributesOf(tag),
            axis: attributesOf(axis),
          })),
        ) as (Record<string, string> & { axis: Record<string, string> })[]
      const known = shown.filter((run) => (run.values[id] ?? null) !== null)
      if (found.length !== known.length) problems.push(`${id} ${kind}: ${found.length} dots, ${known.length} runs`)
      for (const run of known) {
        const dot = found.find((entry) => entry['data-run'] === run.id)
        const value = run.values[id] as number
        if (!dot) problems.push(`${id} ${kind}: no ${run.id}`)
        else if (Number(dot['data-value']) !== value)
          problems.push(`${id} ${run.id}: ${dot['data-value']}, not ${value}`)
        else if ((dot.class === 'hollow') !== (run.excluded !== null)) problems.push(`${id} ${run.id}: hollow or not`)
        else {
          const at = kind === 'plot' ? 1 - Number.parseFloat(dot.y ?? '') / 100 : Number.parseFloat(dot.x ?? '') / 100
          if (!(Math.abs(at - placeOf(value, dot.axis)) < 2e-5)) problems.push(`${id} ${run.id}: at ${at}`)
        }
      }
    }
    const named = [...figure.matchAll(/data-run="([^"]+)" data-missing/g)].map(([, run]) => run).sort()
    const without = shown
      .filter((run) => (run.values[id] ?? null) === null)
      .map((run) => run.id)
      .sort()
    const any = shown.some((run) => (run.values[id] ?? null) !== null)
    if (any && named.join(' ') !== without.join(' ')) problems.push(`${id}: names ${named}, without figure ${without}`)
  }
  return problems
}

const tones: Record<string, string> = { better: 'better', worse: 'worse', equivalent: 'same' }

/** The same of effects that share one drawing: a lane of 20 px an effect, x in thousandths. */
function forestLaneFaults(
  html: string,
  indices: readonly number[],
  body: string,
  effects: readonly Effect[],
): string[] {
  const reach = Number(/data-x1="([\d.]+)" data-series="effects"/.exec(html)?.[1])
  const x = (ratio: number) => (ratio > 0 ? 500 + (500 * Math.log2(ratio)) / reach : 0)
  const moves = (name: RegExp) =>
    [...body.matchAll(/<path class="([^"]*)" d="([^"]*)"/g)]
      .filter(([, kind = '']) => name.test(kind))
      .flatMap(([, kind = '', d = '']) =>
        [...d.matchAll(/M([\d.]+) ([\d.]+)(?:H([\d.]+))?/g)].map(([, from, y, to]) => ({
          kind,
          from: Number(from),
          lane: (Number(y) - 10) / 20,
          to: Number(to),
        })),
      )
  const [points, whiskers] = [moves(/point-lane/), moves(/whisker-lane/)]
  const near = (a: number | undefined, b: number) => a !== undefined && Math.abs(a - b) < 0.02
  return indices.flatMap((index, at) => {
    const { ratio, low, high, decision } = effects[index] as Effect
    const point = points.find(({ lane }) => lane === at)
    const whisker = whiskers.find(({ lane }) => lane === at)
    const told =
      ratio === null ? !point : near(point?.from, x(ratio)) && point?.kind.endsWith(tones[decision] ?? 'open')
    const spanned = low === null || high === null ? !whisker : near(whisker?.from, x(low)) && near(whisker?.to, x(high))
    return told && spanned ? [] : [`effect ${index} stands wrong in its lane`]
  })
}

/** Points and intervals that are not at log2 of their ratio. */
function forestFaults(html: string, { effects, metrics }: Comparison): string[] {
  const problems: string[] = []
  for (const figure of figuresOf(html).filter((text) => text.includes('id="chart-effects-'))) {
    const reach = Number(attributesOf(figure.slice(0, figure.indexOf('>')))['data-x1'])
    const x = (ratio: number) => (ratio > 0 ? 50 + (50 * Math.log2(ratio)) / reach : 0)
    for (const [, index = '', row = ''] of figure.matchAll(/<tr data-effect="(\d+)"([\s\S]*?)<\/tr>/g)) {
      const effect = effects[Number(index)] as Effect
      const point = /<circle class="point[^"]*" data-ratio="[^"]*" cx="([\d.]+)%"/.exec(row)?.[1]
      if ((point === undefined) !== (effect.ratio === null)) problems.push(`${index}: point or not`)
      else if (effect.ratio !== null && Math.abs(Number(point) - x(effect.ratio)) > 1e-3)
        problems.push(`${index}: ${point}`)
      const line = /<line class="whisker"[^>]* x1="([\d.]+)%" x2="([\d.]+)%"/.exec(row)
      if ((line === null) !== (effect.low === null || effect.high === null)) problems.push(`${index}: whisker or not`)
      else if (
        line &&
        Math.abs(Number(line[1]) - x(effect.low as number)) + Math.abs(Number(line[2]) - x(effect.high as number)) >
          2e-3
      )
        problems.push(`${index}: ${line[0]}`)
    }
  }
  const lanes = [
    ...html.matchAll(
      /<tr data-effects="([\d ]+)">[\s\S]*?<svg class="forest-plot"[\s\S]*?<svg class="ink"[^>]*>([\s\S]*?)<\/svg>/g,
    ),
  ]
  problems.push(
    ...lanes.flatMap(([, list = '', body = '']) => forestLaneFaults(html, list.split(' ').map(Number), body, effects)),
  )
  const rows = [...html.matchAll(/<tr data-effects?="([\d ]+)"/g)].flatMap(([, list = '']) => list.split(' '))
  if (rows.length !== effects.filter(({ metric }) => metrics.some(({ id }) => id === metric)).length)
    problems.push(`${rows.length} rows`)
  return problems
}

/** Runs that have curves and are not in the panels. */
function panelFaults(html: string, { runs }: Comparison): string[] {
  const drawn = (id: string) =>
    new Set(
      [
        ...(new RegExp(`<section id="${id}"[\\s\\S]*?</section>`).exec(html)?.[0] ?? '').matchAll(
          /data-series="([^"]+)"/g,
        ),
      ].map(([, run = '']) => decode(run)),
    )
  const [shape, time] = [drawn('shape'), drawn('time')]
  return runs.flatMap((run) => [
    ...(run.spectrum.some(({ points }) => points.length > 1) && !shape.has(run.id) ? [`no spectrum of ${run.id}`] : []),
    ...(run.time?.deliveryP99.some((value) => value !== null) && !time.has(run.id) ? [`no seconds of ${run.id}`] : []),
  ])
}

const pictureFaults = (html: string, document: Comparison) => [
  ...dotFaults(html, document),
  ...forestFaults(html, document),
  ...panelFaults(html, document),
]

describe('the pictures of a comparison', () => {
  it('draw every run where its value is, and print nothing that is no value, whatever the document holds', () => {
    fc.assert(
      fc.property(comparison, (document) => {
        const html = renderComparisonReport(document)
        assert.deepEqual(pictureFaults(html, document), [])
        assert.deepEqual(faults(html, document), [])
        const page = html.replace(/<script[\s\S]*?<\/script>/g, '')
        const names = document.arms.some(({ name }) => /NaN|undefined|Infinity/.test(name))
        if (!names) assert.doesNotMatch(page, /NaN|undefined|Infinity/)
      }),
      { numRuns: 60 },
    )
  })

  for (const [name, build] of Object.entries(comparisons))
    it(`${name}: dots, effects and curves are those of the document`, () => {
      const document = build()
      assert.deepEqual(pictureFaults(renderComparisonReport(document), document), [])
    })

  it('notice a dot that moved, a dot that is gone, a point that moved and a run without a curve', () => {
    const document = comparisons.whole()
    const html = renderComparisonReport(document)
    const mutants = [
      html.replace(/(<use href="#mark-1" x=")([\d.]+)(%")/, (_, head, x, tail) => `${head}${Number(x) + 1}${tail}`),
      html.replace(/<use [^>]*data-run="mongo-2"[\s\S]*?<\/use>/, ''),
      html.replace(
        /(<circle class="point worse" data-ratio="[^"]*" cx=")([\d.]+)/,
        (_, head, x) => `${head}${Number(x) - 1}`,
      ),
      html.replaceAll('data-series="cassandra-4"', 'data-series="cassandra-3"'),
      html.replace(/(lane-dots[^>]* d="M)([\d.]+)/, (_, head, x) => `${head}${Number(x) + 1}`),
      html.replace(/(lane-dots[^>]* d=")M[\d.]+ [\d.]+h0/, '$1'),
      html.replace(/(point-lane \w+" d="M)([\d.]+)/, (_, head, x) => `${head}${Number(x) + 1}`),
      html.replace(/(whisker-lane" d="M)([\d.]+)/, (_, head, x) => `${head}${Number(x) + 1}`),
    ]
    for (const [index, changed] of mutants.entries())
      assert.ok(pictureFaults(changed, document).length > 0, String(index))
  })
})

describe('paths in steps', () => {
  const column = fc.array(fc.option(fc.double({ min: 0, max: 180, noNaN: true })), { minLength: 1, maxLength: 60 })

  it('lead through the same points', () => {
    fc.assert(
      fc.property(column, (values) => {
        const source = { s: values.map((_, index) => index), endS: values.length, values }
        for (const d of [
          linePath(source, (value) => value),
          stepPath(source, (value) => value),
          stepPath(source, (value) => value, 180),
        ]) {
          const rounded = (path: string) =>
            strokes(path).map((part) => part.map(([x, y]) => [x.toFixed(1), Math.abs(y).toFixed(1)]))
          assert.deepEqual(rounded(shorter(d)), rounded(d))
        }
      }),
    )
  })
})
