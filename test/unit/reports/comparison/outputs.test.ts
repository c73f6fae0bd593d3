import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { comparisonToJUnit } from '../../../../reports/comparison/junit.ts'
import { comparisonToMarkdown } from '../../../../reports/comparison/markdown.ts'
import { comparisonToTerminal } from '../../../../reports/comparison/terminal.ts'
import type { Comparison } from '../../../../reports/schema/comparison.ts'
import { comparisons } from '../../../support/comparisons/samples.ts'

const attack = '</x><script>|`*\u001b[31m\u0007\n| a | b |'
const printable = (text: string) => [...text].every((char) => char >= ' ' || char === '\n')

function hostile(): Comparison {
  const comparison = comparisons.partial()
  comparison.partial = attack
  comparison.warnings = [attack]
  comparison.command = attack
  comparison.metrics = comparison.metrics.map((metric) => ({ ...metric, title: attack }))
  comparison.effects = comparison.effects.map((effect) => ({ ...effect, sentence: attack }))
  comparison.answer = [{ text: attack, effect: 0 }]
  for (const arm of comparison.arms) Object.assign(arm, { problem: attack, compatibleFlags: [attack] })
  return comparison
}

describe('a comparison in the terminal', () => {
  const plain = (comparison: Comparison, width = 120) => comparisonToTerminal(comparison, { color: false, width })

  it('says what is missing, then the answer, then a line an effect with its decision', () => {
    const comparison = comparisons.partial()
    const text = plain(comparison)
    const at = (part: string) => text.replace(/\s+/g, ' ').indexOf(part.replace(/\s+/g, ' '))
    assert.ok(at('partial Cassandra ended after 2 of 5 runs') > 0)
    assert.ok(at('partial') < at(comparison.answer[0]?.text ?? ''))
    assert.ok(at(comparison.answer[0]?.text ?? '') < at('metric, arm / baseline'))
    const lines = text.split('\n')
    for (const { metric, arm, baseline, decision } of comparison.effects) {
      const title = comparison.metrics.find(({ id }) => id === metric)?.title
      const found = lines.filter((line) => line.startsWith(`${title}, ${arm} / ${baseline} `))
      assert.equal(found.length, 1, title)
      assert.ok(found[0]?.trimEnd().endsWith(decision))
    }
    assert.match(text, /not counted cassandra-2: its engine ended half-way/)
  })

  it('fits the terminal by leaving columns out, never the decision', () => {
    for (const width of [72, 90, 140]) {
      const lines = plain(comparisons.whole(), width).split('\n')
      for (const line of lines) assert.ok(line.length <= width, `${width}: ${line}`)
      assert.ok(lines.some((line) => line.startsWith('metric, arm / baseline') && line.endsWith('decision')))
    }
    assert.match(plain(comparisons.whole(), 140), /medians .* Holm p/)
    assert.doesNotMatch(plain(comparisons.whole(), 72), /medians/)
  })

  it('has colour only when asked, and lets no escape sequence through', () => {
    const comparison = comparisons.whole()
    const colored = comparisonToTerminal(comparison, { color: true, width: 120 })
    assert.notEqual(colored, plain(comparison))
    assert.equal(stripVTControlCharacters(colored), plain(comparison))
    assert.ok(printable(plain(hostile())))
  })
})

describe('a comparison as Markdown', () => {
  it('has the answer before one row an effect', () => {
    const comparison = comparisons['missed SLO']()
    const text = comparisonToMarkdown(comparison)
    const rows = text
      .split('\n')
      .filter((line) => line.startsWith('| ') && !line.startsWith('| metric') && !line.startsWith('| ---'))
    assert.equal(rows.length, comparison.effects.length)
    rows.forEach((row, index) => {
      assert.ok(row.endsWith(`| ${comparison.effects[index]?.decision} |`), row)
    })
    assert.ok(text.indexOf('**worse**') < text.indexOf('| metric'))
    assert.match(text, /\*\*missed SLO\*\*: cassandra: p99 delivery in hold \\<= 250 ms; its cost is not compared/)
  })

  it('keeps what comes from outside from becoming markup', () => {
    const text = comparisonToMarkdown(hostile())
    const outsideCode = text.slice(0, text.indexOf('Again: '))
    assert.doesNotMatch(outsideCode, /[^\\]<script/)
    const widths = text
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) => line.replace(/\\./g, '').split('|').length)
    assert.equal(new Set(widths).size, 1)
  })
})

describe('a comparison as JUnit', () => {
  const counts = (xml: string) =>
    [...xml.matchAll(/tests="(\d+)" failures="(\d+)" errors="(\d+)" skipped="(\d+)"/g)].map(([, ...found]) =>
      found.map(Number),
    )

  it('takes what was told for a success, what was not for skipped, a missed SLO for a failure', () => {
    const comparison = comparisons['missed SLO']()
    const open = comparison.effects.filter(({ decision }) => decision === 'cannot tell').length
    assert.ok(open > 0 && open < comparison.effects.length)
    assert.deepEqual(counts(comparisonToJUnit(comparison)), [
      [comparison.effects.length, 0, 0, open],
      [5, 1, 0, 0],
    ])
  })

  it('takes a series that is not whole, and an arm without a run, for an error', () => {
    assert.deepEqual(counts(comparisonToJUnit(comparisons.partial()))[1], [5, 0, 2, 0])
    assert.deepEqual(counts(comparisonToJUnit(comparisons['no runs']()))[1], [3, 0, 3, 0])
  })

  it('never lets one run a side look decided', () => {
    const [effects] = counts(comparisonToJUnit(comparisons['two runs']()))
    assert.equal(effects?.[0], effects?.[3])
  })

  it('is well-formed whatever the names hold', () => {
    const xml = comparisonToJUnit(hostile())
    const stack: string[] = []
    for (const [, end, tag, own] of xml.matchAll(/<(\/?)([\w-]+)[^>]*?(\/?)>/g)) {
      if (end) assert.equal(stack.pop(), tag)
      else if (!own) stack.push(tag ?? '')
    }
    assert.deepEqual(stack, [])
    assert.doesNotMatch(xml, /<script/)
    assert.ok(printable(xml))
  })
})
