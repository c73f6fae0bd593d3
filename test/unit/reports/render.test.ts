import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { escapeHtml } from '../../../reports/html.ts'
import { renderRunReport } from '../../../reports/run/render.ts'
import type { Result } from '../../../reports/schema/result.ts'
import { parseResult, serializeResult } from '../../../reports/schema/validate.ts'
import { decode, faults } from '../../support/results/page.ts'
import { samples } from '../../support/results/samples.ts'

const embedded = (html: string) =>
  /<script type="application\/json" id="result">([\s\S]*?)<\/script>/.exec(html)?.[1] ?? ''
const values = (html: string, attribute: string) =>
  [...html.matchAll(new RegExp(` ${attribute}="([^"]*)"`, 'g'))].map(([, value]) => decode(value ?? ''))
/** Rows that are missing, doubled or made up, and a verdict that is not the result's (check 3 and 4). */
function tableFaults(html: string, result: Result): string[] {
  const rowsOf = (name: string) =>
    [...html.matchAll(new RegExp(`<tr[^>]* data-${name}="([^"]+)"`, 'g'))].map(([, id]) => id ?? '')
  const wanted: Record<string, string[]> = {
    slo: result.slos.map(({ id }) => id),
    met: result.slos.map(({ met }) => String(met)),
    rule: result.validity.map(({ rule }) => rule),
    ok: result.validity.map(({ ok }) => String(ok)),
    counter: result.ledger.counters.map(({ name }) => name),
    component: result.resources.components.map(({ name }) => name),
    phase: result.phases.map(({ name }) => name),
    event: result.events.map(({ id }) => id),
    read: (result.reads?.kinds ?? []).map(({ kind }) => kind),
  }
  const sorted = (list: readonly string[]) => [...list].sort().join(' ')
  const rows = Object.entries(wanted).filter(([name, ids]) => sorted(rowsOf(name)) !== sorted(ids.map(escapeHtml)))
  const word = /<h1[^>]*>.*<\/svg>(\w+)<\/span><\/h1>/.exec(html)?.[1]
  const verdict = word === result.verdict.outcome ? [] : [`verdict is ${word}`]
  return [...rows.map(([name]) => `rows of ${name}`), ...verdict]
}

describe('the run report', () => {
  for (const [name, build] of Object.entries(samples)) {
    const result = build()
    const html = renderRunReport(result)

    it(`${name}: every figure is proved by the result`, () => assert.deepEqual(faults(html, result), []))

    it(`${name}: carries the result, its hash and its verdict`, () => {
      const text = `${embedded(html).replaceAll('\\u003c', '<')}\n`
      assert.deepEqual(parseResult(text), result)
      assert.equal(text, serializeResult(result))
      assert.ok(html.includes(createHash('sha256').update(text).digest('hex')))
      const { outcome, exitCode } = result.verdict
      assert.ok(html.includes(`data-verdict="${outcome}" data-exit="${exitCode}"`))
      assert.match(
        html.slice(0, 2_048),
        new RegExp(`<title>${outcome} - .*<meta name="lab-verdict" content="${outcome}"><meta name="lab-run-id"`, 's'),
      )
      assert.match(html, new RegExp(`<h1[^>]*><span class="badge">.*</svg>${outcome}</span></h1>`))
    })

    it(`${name}: every SLO, rule, counter, phase and component stands in its table once`, () =>
      assert.deepEqual(tableFaults(html, result), []))

    it(`${name}: asks the network for nothing and fits its budget`, () => {
      assert.doesNotMatch(html.replace(/data:[^"]*/g, ''), /(?:src|href)="https?:|url\(["']?https?:|@import/)
      assert.ok(html.length < 400_000, `${html.length} bytes`)
    })
  }

  it('shows hostile and foreign labels as text', () => {
    const html = renderRunReport(samples.eventful())
    assert.doesNotMatch(html, /<img/)
    assert.match(html, /&lt;\/script&gt;&lt;img src=x onerror=alert\(1\)&gt; &amp; &quot;채팅 부하 시험&quot;/)
    assert.equal(html.match(/<\/script>/g)?.length, 2)
  })

  it('says "not evidence" on every chart of an INVALID run, and on no other', () => {
    const html = renderRunReport(samples.invalid())
    const figures = html.match(/<figure[\s\S]*?<\/figure>/g) ?? []
    assert.ok(figures.length >= 8)
    for (const figure of figures) assert.match(figure, /not evidence/)
    assert.doesNotMatch(renderRunReport(samples.fail()), /not evidence/)
  })

  it('names at least one missed level on FAIL and none on PASS', () => {
    assert.ok(values(renderRunReport(samples.fail()), 'data-met').includes('false'))
    assert.ok(!values(renderRunReport(samples.pass()), 'data-met').includes('false'))
  })

  it('marks faults on every time chart and in the table of events', () => {
    const html = renderRunReport(samples.eventful())
    const chart = /<figure class="chart" id="chart-latency"[\s\S]*?<\/figure>/.exec(html)?.[0] ?? ''
    assert.match(chart, /class="fault"/)
    assert.match(chart, /class="starts"/)
  })

  it('says what is missing instead of drawing nothing', () => {
    const html = renderRunReport(samples['no acks']())
    assert.match(html, /Latency over time: no samples/)
    assert.match(html, /Heat map: no samples/)
    assert.match(html, /no samples/)
  })

  it('says "no samples" where a second has none, instead of joining its neighbours', () => {
    const chart = (build: () => Result) =>
      /<figure class="chart" id="chart-latency"[\s\S]*?<\/figure>/.exec(renderRunReport(build()))?.[0] ?? ''
    assert.match(chart(samples.eventful), /class="gap-text"[^>]*>no samples/)
    assert.doesNotMatch(chart(samples.pass), /gap-text/)
  })

  describe('the proof itself notices', () => {
    const result = samples.pass()
    const html = renderRunReport(result)
    const mutants: readonly [string, (html: string) => string][] = [
      [
        'one digit changed in a cell',
        (text) =>
          text.replace(/(<data [^>]*data-as="ms"[^>]*>)(\d)/, (_, head, digit) => `${head}${(Number(digit) + 1) % 10}`),
      ],
      [
        'a value that is not the text',
        (text) =>
          text.replace(
            /<data value="\d+" data-src="\/phases\/3\/delivery\/p99"/,
            '<data value="1" data-src="/phases/3/delivery/p99"',
          ),
      ],
      [
        'two phases swapped',
        (text) =>
          text
            .replaceAll('/phases/1/', '/phases/X/')
            .replaceAll('/phases/3/', '/phases/1/')
            .replaceAll('/phases/X/', '/phases/3/'),
      ],
      ['a number out of nowhere', (text) => text.replace('none lost,', '42 lost,')],
      ['a hidden row', (text) => text.replace(/<tr data-slo="errors"[\s\S]*?<\/tr>/, '')],
      [
        'a row told otherwise',
        (text) => text.replace('data-slo="errors" data-met="true"', 'data-slo="errors" data-met="false"'),
      ],
      ['another word on the badge', (text) => text.replace('</svg>PASS</span>', '</svg>FAIL</span>')],
    ]
    for (const [name, mutate] of mutants)
      it(name, () => {
        const changed = mutate(html)
        assert.notEqual(changed, html)
        assert.ok([...faults(changed, result), ...tableFaults(changed, result)].length > 0)
      })
  })
})
