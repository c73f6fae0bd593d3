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
function rowFaults(html: string, { arms, runs, effects, differences, floors, metrics }: Comparison): string[] {
  const primary = effects
    .map((effect, index) => ({ effect, index }))
    .filter(({ effect }) => metrics.find(({ id }) => id === effect.metric)?.primary)
  const wanted: Record<string, string[]> = {
    arm: arms.map(({ name }) => name),
    'run-id': runs.map(({ id }) => id),
    run: runs.filter(({ excluded }) => excluded !== null).map(({ id }) => id),
    effect: primary.map(({ index }) => String(index)),
    decision: primary.map(({ effect }) => effect.decision),
    'values-of': runs.length === 0 ? [] : metrics.map(({ id }) => id),
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

/** Tables whose figures have no pointer of their own, written a second time. */
function compactFaults(html: string, { arms, metrics, runs, effects, floors, summaries }: Comparison): string[] {
  const dash = '–'
  const ratio = (value: number | null) => (value === null ? dash : written('ratio', value))
  const range = (part: { low: number | null; high: number | null } | undefined) =>
    !part || part.low === null || part.high === null ? dash : `${ratio(part.low)} to ${ratio(part.high)}`
  const p = (value: number | null) => (value === null ? dash : written('p', value))
  const value = (id: string, found: number | null | undefined) => {
    const metric = metrics.find((entry) => entry.id === id)
    if (found === null || found === undefined || !metric) return dash
    if (metric.unit === 'share') return written(metric.better === 'higher' ? 'goodShare' : 'badShare', found)
    return formats[metric.unit]?.(found) ?? 'no format'
  }
  const axes: Record<string, string> = {
    msPerThousand: ', ms per thousand messages',
    bytesPerMessage: ', per message',
    callsPerMessage: ', operations per message',
  }
  const titleOf = (id: string, axis: boolean) => {
    const metric = metrics.find((entry) => entry.id === id)
    return `${metric?.title}${axis ? (axes[metric?.unit ?? ''] ?? '') : ''}`
  }
  const stats = effects.flatMap((effect, index) => {
    const first = effects.findIndex(({ metric }) => metric === effect.metric) === index
    const of = effects.filter(({ metric }) => metric === effect.metric).length
    const told = effect.runsToTell === null ? '' : `, about ${written('count', effect.runsToTell)}`
    const cells = [
      `${effect.arm} / ${effect.baseline}`,
      `${value(effect.metric, effect.medians[0])} / ${value(effect.metric, effect.medians[1])} (${effect.n[0]}+${effect.n[1]})`,
      `${ratio(effect.ratio)} (${range(effect)})`,
      `${p(effect.p)}, ${p(effect.holmP)}, ${p(effect.smallestP)}`,
      ...(first ? [`span ${of}: ${range(floors.find(({ metric }) => metric === effect.metric))}`] : []),
      `${effect.decision}${told}`,
    ]
    return [first ? [`span ${of}: ${titleOf(effect.metric, false)}`, ...cells] : cells]
  })
  const values = metrics.map(({ id }) => {
    const byArm = arms.map(({ name }) => runs.filter(({ arm }) => arm === name).sort((a, b) => a.order - b.order))
    const told = (run: Comparison['runs'][number]) =>
      run.excluded === null ? value(id, run.values[id]) : `(${value(id, run.values[id])})`
    return [
      titleOf(id, true),
      arms.map(({ name }) => name).join('\n'),
      byArm.map((own) => own.map(told).join(', ')).join('\n'),
    ]
  })
  const others = metrics.filter(({ primary }) => !primary)
  const ids = others.map(({ id }) => id)
  const [forest, lanes] = [rowsBy(html, 'effects'), rowsBy(html, 'metric')]
  const effectRows = ids.flatMap((id) => {
    const own = effects.map((effect, index) => ({ effect, index })).filter(({ effect }) => effect.metric === id)
    const lines = (cell: (effect: Comparison['effects'][number]) => string) =>
      own.map(({ effect }) => cell(effect)).join('\n')
    const pairs = lines((effect) => `${effect.arm} / ${effect.baseline}`)
    const numbers = [lines((effect) => ratio(effect.ratio)), lines(range), lines(({ decision }) => decision)]
    return own.length === 0
      ? []
      : [[own.map(({ index }) => index).join(' '), titleOf(id, false), pairs, ...numbers].join('|')]
  })
  const met = arms.filter(({ metSlos }) => metSlos)
  const laneRows = others.flatMap(({ id, group }) => {
    const shown = group === 'cost' ? met : arms
    if (shown.length === 0 || (runs.length === 0 && group !== 'reads' && group !== 'cost')) return []
    const medians = shown.map(({ name }) => {
      const without = runs.filter((run) => run.arm === name && (run.values[id] ?? null) === null)
      const note = without.length === 0 ? '' : `, no figure: run ${without.map(({ order }) => order).join(', ')}`
      return `${value(id, summaries.find((entry) => entry.metric === id && entry.arm === name)?.median)}${note}`
    })
    return [[id, titleOf(id, true), shown.map(({ name }) => name).join('\n'), medians.join('\n')].join('|')]
  })
  return [
    ...tableFaults(section(html, 'stats'), '/effects', stats),
    ...tableFaults(section(html, 'runs'), '/runs', runs.length === 0 ? [] : values),
    ...setFaults('effects', forest, effectRows),
    ...setFaults('lanes', lanes, laneRows),
  ]
}

/** Rows of compact tables by an attribute: its value and the cells, without the drawn one. */
const rowsBy = (html: string, name: string) =>
  [...html.matchAll(new RegExp(`<tr data-${name}="([^"]*)"><th scope="row">([\\s\\S]*?)\\n(?=<tr|</tbody>)`, 'g'))].map(
    ([, id = '', cells = '']) =>
      [id, ...cells.split('<td>').filter((cell) => !/^(<svg|no run has)/.test(cell))].map(decode).join('|'),
  )

const setFaults = (name: string, found: readonly string[], wanted: readonly string[]) =>
  [...found].sort().join('#') === [...wanted].sort().join('#')
    ? []
    : [`${name}: ${found.join('#')}, not ${wanted.join('#')}`]

function tableFaults(html: string, pointer: string, wanted: readonly (readonly unknown[])[]): string[] {
  const table = new RegExp(`<table[^>]* data-columns-src="${pointer}[ "][\\s\\S]*?</table>`).exec(html)?.[0] ?? ''
  const body = table.slice(table.indexOf('<tbody>'))
  const rows = body
    .split(/<tr[^>]*>/)
    .slice(1)
    .map((cells) =>
      decode(
        cells
          .replace(/\n(<tbody>|<\/t.*|)$/s, '')
          .replace(/<th[^>]* rowspan="(\d+)">/g, 'span $1: ')
          .replace(/<td rowspan="(\d+)">/g, '<td>span $1: ')
          .replace(/<th[^>]*>/g, ''),
      )
        .replace(/^<td>/, '')
        .split('<td>'),
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

  it('fits its budgets with three backends, an A/A pair, spare runs and every metric', () => {
    const comparison = comparisons.full()
    const html = renderComparisonReport(comparison)
    assert.deepEqual([comparison.runs.length, comparison.metrics.length], [23, 29])
    const bytes = Buffer.byteLength(html)
    const nodes = html.replace(/(<(script|style)[^>]*>)[\s\S]*?<\/\2>/g, '$1').match(/<[a-z]/g)?.length ?? 0
    assert.ok(bytes < 400_000, `${bytes} bytes`)
    assert.ok(nodes < 4_000, `${nodes} nodes`)
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
    assert.equal(dots.length, 3)
    for (const dot of dots) assert.match(dot, /class="hollow" data-excluded="true"/)
    const rings = html.match(/<path class="dots lane-dots [^>]*data-excluded="true"[^>]*\/><path class="dots hole"/g)
    assert.equal(rings?.length, comparisons['invalid run']().metrics.filter(({ primary }) => !primary).length)
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
    assert.match(repeat, /<a href="runs\/mysql-1\/report.html">mysql-1</)
    const dead = /<tr class="quiet" data-run-id="cassandra-2">.*/.exec(repeat)?.[0] ?? ''
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
      ['a digit among the other effects', (text) => text.replace(/(<\/svg><td>)1\./, '$12.')],
      ['another decision among the other effects', (text) => text.replace(/<td>cannot tell\n/, '<td>better\n')],
      [
        'a median beside its lane',
        (text) => text.replace(/(<\/small><td>)(\d)/, (_, head, digit) => `${head}${(Number(digit) + 1) % 10}`),
      ],
      ['a decision told otherwise', (text) => text.replace('data-decision="worse"', 'data-decision="better"')],
      [
        'a digit in the table of values',
        (text) =>
          text.replace(
            /(data-values-of[\s\S]*?<td>[\s\S]*?<td>)(\d)/,
            (_, head, digit) => `${head}${(Number(digit) + 1) % 10}`,
          ),
      ],
      ['a p in the statistics', (text) => text.replace(/<td>0.0079, /, '<td>0.0078, ')],
      ['another decision in the statistics', (text) => text.replace(/<td>worse\n/, '<td>better\n')],
    ]
    for (const [name, mutate] of mutants)
      it(name, () => {
        const changed = mutate(html)
        assert.notEqual(changed, html)
        assert.ok(allFaults(changed, comparison).length > 0)
      })
  })
})
