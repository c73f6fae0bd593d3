import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { renderRunReport } from '../../../reports/run/render.ts'
import { resultJsonSchema } from '../../../reports/schema/jsonSchema.ts'
import { parseResult, ResultError, readResult, serializeResult } from '../../../reports/schema/validate.ts'
import { samples } from '../../support/results/samples.ts'

const refused = (text: string, read: (text: string) => unknown = readResult): ResultError => {
  try {
    read(text)
  } catch (error) {
    if (error instanceof ResultError) return error
    throw error
  }
  return assert.fail('it was accepted')
}

describe('reading and writing results', () => {
  for (const [name, build] of Object.entries(samples)) {
    it(`reads back what it wrote: ${name}`, () => {
      const result = build()
      assert.deepEqual(parseResult(serializeResult(result)), result)
      assert.deepEqual(readResult(renderRunReport(result)), result)
    })
  }

  it('writes equal results as equal bytes, whatever the order of keys', () => {
    const result = samples.pass()
    const turned = Object.fromEntries(Object.entries(result).reverse()) as typeof result
    assert.equal(serializeResult(turned), serializeResult(result))
  })

  it('names every problem at once', () => {
    const result = samples.pass() as unknown as Record<string, Record<string, unknown>>
    result.run = { ...result.run, seed: 'x', extra: 1 }
    result.verdict = { ...result.verdict, outcome: 'MAYBE' }
    const { code, problems, message } = refused(JSON.stringify(result))
    assert.equal(code, 'RESULT-INVALID')
    for (const part of ['/run/seed', 'extra', '/verdict/outcome']) assert.match(problems.join('\n'), new RegExp(part))
    assert.match(message, /RESULT-INVALID/)
  })

  it('finds columns of another length and indices that lead nowhere', () => {
    const result = samples.pass()
    result.series.acked.pop()
    result.resources.steal.push(0)
    result.verdict.decisiveSlo = 99
    const { problems } = refused(JSON.stringify(result))
    assert.equal(problems.length, 3)
    assert.throws(() => serializeResult(result), ResultError)
  })

  it('tells a cut file from a foreign one', () => {
    const text = serializeResult(samples.pass())
    const html = renderRunReport(samples.pass())
    assert.equal(refused(text.slice(0, 500)).code, 'RESULT-UNREADABLE')
    assert.equal(refused('{"schema":"lab.result/9"}').code, 'RESULT-FOREIGN')
    assert.equal(refused('[]').code, 'RESULT-FOREIGN')
    assert.equal(refused('null').code, 'RESULT-FOREIGN')
    assert.equal(refused(html.slice(0, 5_000)).code, 'RESULT-UNREADABLE')
    assert.equal(refused('<!doctype html><html><body>another page</body></html>').code, 'RESULT-FOREIGN')
  })

  it('names the lab that can read a file of another version', () => {
    const text = serializeResult(samples.pass())
    for (const [schema, age] of [
      ['lab.result/1', 'an older'],
      ['lab.result/9', 'a newer'],
    ] as const) {
      const { code, message } = refused(text.replace('lab.result/2', schema))
      assert.equal(code, 'RESULT-FOREIGN')
      assert.match(message, new RegExp(`a result made by ${age} lab\\n.*${schema}`))
      assert.match(message, /reads lab\.result\/2: read the file with lab 0\.1\.0 of commit e6e00c7, which wrote it/)
    }
    assert.match(refused('{"schema":"lab.result/1"}').message, /with the lab that wrote the file/)
    assert.match(refused(text.replace('lab.result/2', 'lab.comparison/1')).message, /not a result that this version/)
  })

  it('ships a JSON Schema that is not stale', () => {
    const file = new URL('../../../reports/schema/result.schema.json', import.meta.url)
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), JSON.parse(resultJsonSchema()))
  })
})
