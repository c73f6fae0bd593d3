import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { renderComparisonReport } from '../../../../reports/comparison/render.ts'
import { renderRunReport } from '../../../../reports/run/render.ts'
import { comparisonJsonSchema } from '../../../../reports/schema/jsonSchema.ts'
import { ComparisonError, readComparison, serializeComparison } from '../../../../reports/schema/validate.ts'
import { comparisons } from '../../../support/comparisons/samples.ts'
import { samples } from '../../../support/results/samples.ts'

function refused(text: string): ComparisonError {
  try {
    readComparison(text)
  } catch (error) {
    if (error instanceof ComparisonError) return error
    throw error
  }
  return assert.fail('it was accepted')
}

describe('reading and writing comparisons', () => {
  for (const [name, build] of Object.entries(comparisons))
    it(`reads back what it wrote, from JSON and from HTML: ${name}`, () => {
      const comparison = build()
      const text = serializeComparison(comparison)
      assert.deepEqual(readComparison(text), comparison)
      assert.deepEqual(readComparison(renderComparisonReport(comparison)), comparison)
      assert.equal(serializeComparison(readComparison(text)), text)
    })

  it('tells a cut file from a foreign one, wherever it was cut', () => {
    const text = serializeComparison(comparisons.whole())
    const html = renderComparisonReport(comparisons.whole())
    const start = html.indexOf('<script type="application/json"')
    for (const length of [20, start, start + 60, start + 50_000]) {
      const error = refused(html.slice(0, length))
      assert.equal(error.code, 'COMPARISON-UNREADABLE', String(length))
      assert.match(error.message, /cut off before its comparison[\s\S]*comparison\.html/)
    }
    assert.equal(refused(text.slice(0, 500)).code, 'COMPARISON-UNREADABLE')
    assert.equal(refused('').code, 'COMPARISON-UNREADABLE')
    assert.match(
      refused('{"schema":"lab.comparison/9"}').message,
      /COMPARISON-FOREIGN[\s\S]*lab\.comparison\/9[\s\S]*lab\.comparison\/1/,
    )
    assert.equal(refused('null').code, 'COMPARISON-FOREIGN')
    assert.equal(refused(JSON.stringify(samples.pass())).code, 'COMPARISON-FOREIGN')
    assert.equal(refused(renderRunReport(samples.pass())).code, 'COMPARISON-FOREIGN')
  })

  it('names every problem at once, and never writes what it would not read', () => {
    const comparison = comparisons.whole()
    comparison.arms.splice(1)
    const broken = { ...comparison, seed: 'x', extra: 1 }
    const { code, problems } = refused(JSON.stringify(broken))
    assert.equal(code, 'COMPARISON-INVALID')
    for (const part of ['/seed', 'extra', '/arms'])
      assert.ok(
        problems.some((problem) => problem.includes(part)),
        part,
      )
    assert.throws(() => serializeComparison(comparison), ComparisonError)
    assert.throws(() => renderComparisonReport(comparison), ComparisonError)
  })

  it('finds names that lead nowhere, names that occur twice and columns of another length', () => {
    const comparison = comparisons.whole()
    const [first, second] = comparison.runs
    if (!first || !second || !comparison.effects[0]) assert.fail('the sample is too small')
    second.id = first.id
    first.arm = 'nobody'
    first.values.nothing = 1
    first.time?.backlog.pop()
    comparison.effects[0].metric = 'nothing'
    comparison.effects[0].baseline = 'nobody'
    comparison.answer.push({ text: 'x', effect: 999 })
    comparison.differences[0]?.values.pop()
    comparison.arms[0] = { ...comparison.arms[0], medianRun: 'no run' } as (typeof comparison.arms)[number]
    comparison.medianRunMetric = 'nothing'
    const { problems } = refused(JSON.stringify(comparison))
    const wanted = ['/runs: a name occurs twice', '/runs/0/arm', '/runs/0/values', '/runs/0/time', '/effects/0/metric']
    const more = ['/effects/0/baseline', `/answer/${comparison.answer.length - 1}/effect`, '/differences/0/values']
    const last = ['/arms/0/medianRun', '/medianRunMetric']
    for (const part of [...wanted, ...more, ...last])
      assert.ok(
        problems.some((problem) => problem.startsWith(part)),
        part,
      )
  })

  it('ships a JSON Schema that is not stale', () => {
    const file = new URL('../../../../reports/schema/comparison.schema.json', import.meta.url)
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), JSON.parse(comparisonJsonSchema()))
  })
})
