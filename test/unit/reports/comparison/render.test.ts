import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { renderComparisonReport } from '../../../../reports/comparison/render.ts'
import type { Comparison } from '../../../../reports/schema/comparison.ts'
import { readComparison, serializeComparison } from '../../../../reports/schema/validate.ts'
import { comparisons } from '../../../support/comparisons/samples.ts'
import { decode, faults, written } from '../../../support/results/page.ts'

const embedded = (html: string) =>
  /<script type="application\/json" id="comparison">([\s\S]*?)<\/script>/.exec(html)?.[1] ?? ''
const section = (html: string, id: string) =>
  new RegExp(`<section id="${id}"[\\s\\S]*?</section>`).exec(html)?.[0] ?? ''
const rowsOf = (html: string, name: string) =>
  [...html.matchAll(new RegExp(`<tr[^>]* data-${name}="([^"]*)"`, 'g'))].map(([, value]) => decode(value ?? ''))

/** Rows that are missing, doubled, made up or told otherwise. */
function rowFaults(html: string, { arms, runs, effects, differences, floors }: Comparison): string[] {
  const wanted: Record<string, string[]> = {
    arm: arms.map(({ name }) => name),
    'run-id': runs.map(({ id }) => id),
    run: runs.filter(({ excluded }) => excluded !== null).map(({ id }) => id),
    effect: effects.map((_, index) => String(index)),
    decision: effects.map(({ decision }) => decision),
    stat: effects.map((_, index) => String(index)),
    'stat-decision': effects.map(({ decision }) => decision),
    difference: differences.map(({ name }) => name),
    kind: differences.map(({ kind }) => kind),
    floor: floors.map(({ metric }) => metric),
  }
  const sorted = (list: readonly string[]) => [...list].sort().join('\n')
  return Object.entries(wanted).flatMap(([name, ids]) =>
    sorted(rowsOf(html, name)) === sorted(ids) ? [] : [`rows of ${name}`],
  )
}

const formats: Record<string, (value: number) => string> = {
  us: (value) => written('latency', value),
  ratio: (value) => written('ratio', value),
  count: (value) => written('count', value),
  perSecond: (value) => `${written('rate', value)} msg/s`,
  s: (value) => written('seconds', value),
  msPerThousand: (value) => `${written('number', value)} ms`,
  MiB: (value) => written('mebibytes', value),
  bytesPerMessage: (value) => written('bytes', value),
  callsPerMessage: (value) => written('significant', value),
}

/** The two tables whose figures have no pointer of their own, written a second time. */
function compactFaults(html: string, { metrics, runs, effects, floors }: Comparison): string[] {
  const dash = '–'
  const ratio = (value: number | null) => (value === null ? dash : written('ratio', value))
  const range = (part: { low: number | null; high: number | null } | undefined) =>
    !part || part.low === null || part.high === null ? dash : `${ratio(part.low)} to ${ratio(part.high)}`
  const p = (value: number | null) => (value === null ? dash : written('p', value))
  const count = (value: number | null) => (value === null ? dash : written('count', value))
  const value = (id: string, found: number | null | undefined) => {
    const metric = metrics.find((entry) => entry.id === id)
    if (found === null || found === undefined || !metric) return dash
    if (metric.unit === 'share') return written(metric.better === 'higher' ? 'goodShare' : 'badShare', found)
    return formats[metric.unit]?.(found) ?? 'no format'
  }
  const stats = effects.map((effect) => [
    metrics.find(({ id }) => id === effect.metric)?.title,
    `${effect.arm} / ${effect.baseline}`,
    value(effect.metric, effect.medians[0]),
    value(effect.metric, effect.medians[1]),
    `${effect.n[0]}+${effect.n[1]}`,
    ratio(effect.ratio),
    range(effect),
    p(effect.p),
    p(effect.holmP),
    p(effect.smallestP),
    range(floors.find(({ metric }) => metric === effect.metric)),
    effect.decision,
    count(effect.runsToTell),
  ])
  const values = runs.map((run) => [String(run.order), run.arm, ...metrics.map(({ id }) => value(id, run.values[id]))])
  return [
    ...tableFaults(section(html, 'stats'), '/effects', stats),
    ...tableFaults(section(html, 'runs'), '/runs', values),
  ]
}

function tableFaults(html: string, pointer: string, wanted: readonly (readonly unknown[])[]): string[] {
  const table = new RegExp(`<table data-columns-src="${pointer}[ "][\\s\\S]*?</table>`).exec(html)?.[0] ?? ''
  const rows = [...table.matchAll(/<tr[^>]*><th scope="row">([^\n]*)\n/g)].map(([, cells = '']) =>
    decode(cells).split('<td>'),
  )
  if (rows.length !== wanted.length) return [`${pointer}: ${rows.length} rows, not ${wanted.length}`]
  return rows.flatMap((cells, index) => {
    const other = wanted[index]?.map(String) ?? []
    return cells.join('|') === other.join('|')
      ? []
      : [`${pointer} ${index}: ${cells.join('|')}, not ${other.join('|')}`]
  })
}

const allFaults = (html: string, comparison: Comparison) => [
  ...faults(html, comparison),
  ...rowFaults(html, comparison),
  ...compactFaults(html, comparison),
]

describe('the comparison report', () => {
  for (const [name, build] of Object.entries(comparisons)) {
    const comparison = build()
    const html = renderComparisonReport(comparison)

    it(`${name}: every figure is proved by the document, every arm, run and effect has its row`, () =>
      assert.deepEqual(allFaults(html, comparison), []))

    it(`${name}: carries the document and its hash`, () => {
      const text = `${embedded(html).replaceAll('\\u003c', '<')}\n`
      assert.deepEqual(readComparison(html), comparison)
      assert.equal(text, serializeComparison(comparison))
      assert.ok(html.includes(`id="comparison-sha256">${createHash('sha256').update(text).digest('hex')}<`))
      assert.match(
        html.slice(0, 2_048),
        /data-report="comparison" data-schema="lab.comparison\/1".*<meta name="lab-run-id"/s,
      )
    })

    it(`${name}: asks the network for nothing and prints nothing that is no value`, () => {
      assert.doesNotMatch(html, /(?:src|href)="(?:https?:)?\/\/|url\(["']?https?:|@import/)
      const words = html.replace(/<script[\s\S]*?<\/script>/g, '')
      assert.doesNotMatch(words, /NaN|undefined|Infinity|\[object/)
    })
  }

  it('keeps the order of its questions', () => {
    const ids = [...renderComparisonReport(comparisons.whole()).matchAll(/<section id="(\w+)"/g)].map(([, id]) => id)
    assert.deepEqual(ids, ['answer', 'effects', 'runs', 'fair', 'shape', 'time', 'cost', 'reads', 'stats', 'repeat'])
  })

  it('fits its budget with 15 runs of three backends', () => {
    const comparison = comparisons.plain()
    const bytes = Buffer.byteLength(renderComparisonReport(comparison))
    assert.equal(comparison.runs.length, 15)
    assert.ok(bytes < 400_000, `${bytes} bytes`)
  })

  it('says what is missing first, and again beside the command', () => {
    const comparison = comparisons.partial()
    const html = renderComparisonReport(comparison)
    const answer = section(html, 'answer')
    assert.ok(answer.indexOf('data-src="/partial"') > 0)
    assert.ok(answer.indexOf('data-src="/partial"') < answer.indexOf('data-src="/answer/0/text"'))
    const repeat = section(html, 'repeat')
    assert.ok(repeat.indexOf('data-src="/partial"') < repeat.indexOf('id="command"'))
    assert.match(html, /<html[^>]* data-partial="true"/)
    assert.match(renderComparisonReport(comparisons.whole()), /<html[^>]* data-partial="false"/)
  })

  it('draws no cost of an arm that missed its SLO, and says why', () => {
    const cost = section(renderComparisonReport(comparisons['missed SLO']()), 'cost')
    assert.match(cost, /data-arm="cassandra" data-comparable="false"/)
    assert.match(
      decode(cost.replace(/<[^>]+>/g, '')),
      /cassandra not comparable: missed p99 delivery in hold <= 250 ms/,
    )
    assert.doesNotMatch(cost, /data-run="cassandra-/)
    assert.match(cost, /data-run="mysql-1"/)
  })

  it('leaves reads out where none were made', () => {
    assert.equal(section(renderComparisonReport(comparisons['missed SLO']()), 'reads'), '')
    assert.match(section(renderComparisonReport(comparisons.whole()), 'reads'), /data-metric="reads.deep"/)
  })

  it('shows a run that does not count as hollow in every picture, with its reason', () => {
    const html = renderComparisonReport(comparisons['invalid run']())
    const dots = [...html.matchAll(/<use [^>]*data-run="mongo-3"[^>]*>/g)].map(([dot]) => dot)
    assert.ok(dots.length >= 14)
    for (const dot of dots) assert.match(dot, /class="hollow" data-excluded="true"/)
    assert.match(section(html, 'fair'), /data-run="mongo-3" data-excluded="true"/)
    assert.match(
      html,
      /class="line (?:sure|each|thin|not-counted)[^"]*not-counted" data-series="mongo-3"|class="line not-counted" data-series="mongo-3"/,
    )
    assert.equal(html.match(/class="hollow" data-excluded="true"/g)?.length, dots.length)
  })

  it('names the factor first among the differences and marks what is not the factor', () => {
    const fair = section(renderComparisonReport(comparisons.partial()), 'fair')
    assert.deepEqual(rowsOf(fair, 'kind'), ['factor', 'follows', 'other'])
    assert.match(fair, /<tr class="bad" data-difference="heap of the store"/)
  })

  it('draws the middle run thick and no other', () => {
    const comparison = comparisons.whole()
    const time = section(renderComparisonReport(comparison), 'time')
    const thick = [...time.matchAll(/class="line thick" data-series="([^"]+)"/g)].map(([, run]) => run)
    assert.deepEqual([...new Set(thick)].sort(), comparison.arms.map((arm) => arm.medianRun).sort())
    assert.equal(thick.length, 2 * comparison.arms.length)
  })

  it('flags an engine that is only compatible, in the first screen and in the table of arms', () => {
    const html = renderComparisonReport(comparisons.whole())
    for (const id of ['answer', 'fair'])
      assert.match(
        section(html, id),
        /class="compatible"[^>]*>.*data-src="\/arms\/1\/compatibleFlags\/0">compatible with MongoDB/,
      )
  })

  it('shows hostile and foreign names as text and follows no foreign link', () => {
    const comparison = comparisons['six arms']()
    const [first, second, third] = comparison.runs
    Object.assign(first ?? {}, { report: 'javascript:alert(1)' })
    Object.assign(second ?? {}, { report: '//elsewhere.example/report.html' })
    Object.assign(third ?? {}, { report: 'runs/a b/"report".html' })
    const html = renderComparisonReport(comparison)
    assert.doesNotMatch(html, /<img|href="(?:javascript:|\/\/)/)
    assert.match(html, /&lt;\/script&gt;&lt;img src=x onerror=alert\(1\)&gt; 채팅/)
    assert.match(html, /href="runs\/a%20b\/%22report%22.html"/)
    assert.equal(html.match(/<\/script>/g)?.length, 2)
  })

  it('links a run by its id, and the text says when a run has no report', () => {
    const comparison = comparisons.partial()
    const repeat = section(renderComparisonReport(comparison), 'repeat')
    assert.match(repeat, /<a href="runs\/mysql-1\/report.html"><code>/)
    const dead = /<tr class="quiet" data-run-id="cassandra-2">[\s\S]*?<\/tr>/.exec(repeat)?.[0] ?? ''
    assert.doesNotMatch(dead, /<a /)
    assert.match(dead, /no result/)
  })

  describe('the proof itself notices', () => {
    const comparison = comparisons.whole()
    const html = renderComparisonReport(comparison)
    const mutants: readonly [string, (html: string) => string][] = [
      [
        'one digit changed',
        (text) =>
          text.replace(
            /(data-src="\/effects\/1\/ratio"[^>]*>)(\d)/,
            (_, head, digit) => `${head}${(Number(digit) + 1) % 10}`,
          ),
      ],
      ['two effects swapped', (text) => text.replace('data-src="/effects/0/ratio"', 'data-src="/effects/1/ratio"')],
      ['a number out of nowhere', (text) => text.replace('runs count', 'runs count, 7 more')],
      ['a hidden effect', (text) => text.replace(/<tr data-effect="3"[\s\S]*?<\/tr>/, '')],
      ['a decision told otherwise', (text) => text.replace('data-decision="worse"', 'data-decision="better"')],
      [
        'a digit in the table of values',
        (text) => text.replace(/(<td>mysql<td>)(\d)/, (_, head, digit) => `${head}${(Number(digit) + 1) % 10}`),
      ],
      ['a p in the statistics', (text) => text.replace(/<td>0.0079<td>/, '<td>0.0078<td>')],
      ['another decision in the statistics', (text) => text.replace(/<td>worse<td>/, '<td>better<td>')],
    ]
    for (const [name, mutate] of mutants)
      it(name, () => {
        const changed = mutate(html)
        assert.notEqual(changed, html)
        assert.ok(allFaults(changed, comparison).length > 0)
      })
  })
})
