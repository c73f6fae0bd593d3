import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { toJUnit } from '../../../reports/junit.ts'
import { toMarkdown } from '../../../reports/markdown.ts'
import type { Result } from '../../../reports/schema/result.ts'
import { toTerminal } from '../../../reports/terminal.ts'
import { samples } from '../../support/results/samples.ts'

const attack = '</x><script>|`*\u001b[31m\u0007\n| a | b |'
const printable = (text: string) => [...text].every((char) => char >= ' ' || char === '\n')

function hostile(): Result {
  const result = samples.invalid()
  result.run.label = attack
  result.run.scenario = attack
  result.target.title = attack
  result.warnings = [attack]
  result.validity = result.validity.map((rule) => ({ ...rule, title: attack, cause: attack, action: attack }))
  return result
}

describe('JUnit', () => {
  const counts = (xml: string) =>
    [...xml.matchAll(/tests="(\d+)" failures="(\d+)" errors="(\d+)" skipped="(\d+)"/g)].map(([, ...found]) =>
      found.map(Number),
    )

  it('has a case a level and a rule; a missed level is a failure', () => {
    assert.deepEqual(counts(toJUnit(samples.pass())), [
      [14, 0, 0, 0],
      [7, 0, 0, 0],
    ])
    assert.deepEqual(counts(toJUnit(samples.fail())), [
      [14, 1, 0, 0],
      [7, 0, 0, 0],
    ])
  })

  it('never lets an INVALID or interrupted run look like a success', () => {
    assert.deepEqual(counts(toJUnit(samples.invalid())), [
      [14, 0, 0, 14],
      [7, 0, 2, 0],
    ])
    assert.deepEqual(counts(toJUnit(samples.incomplete())), [
      [12, 0, 0, 12],
      [7, 0, 1, 0],
    ])
  })

  it('is well-formed whatever the labels hold', () => {
    const xml = toJUnit(hostile())
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

describe('Markdown', () => {
  it('leads with the verdict and ends with the command', () => {
    const text = toMarkdown(samples.fail())
    assert.match(text, /^## FAIL: spike on mongo@1, FerretDB 2\.7\.0\n/)
    assert.match(text, /\| p99 delivery, hold \| 1\.\d+\ss \| 1\ss \| 1\.\d+x \| \*\*no\*\* \|/)
    assert.match(text, /Again: `npm run spike -- --backend=mongo --seed=42`/)
    assert.match(toMarkdown(samples.invalid()), /Service levels \(not evidence\)/)
  })

  it('keeps hostile text from becoming markup or breaking a row', () => {
    const text = toMarkdown(hostile())
    assert.doesNotMatch(text, /(?<!\\)<script/)
    for (const block of text.split('\n\n').filter((part) => part.startsWith('|'))) {
      const widths = block.split('\n').map((row) => row.replaceAll('\\|', '').split('|').length)
      assert.equal(new Set(widths).size, 1, block)
    }
  })
})

describe('the table in the terminal', () => {
  it('fits the width and says the same with and without colour', () => {
    for (const build of Object.values(samples)) {
      const plain = toTerminal(build(), { color: false, width: 80 })
      const coloured = toTerminal(build(), { color: true, width: 80 })
      assert.equal(stripVTControlCharacters(coloured), plain)
      assert.ok(
        plain.split('\n').every((line) => line.length <= 80 || line.startsWith('PASS') || line.startsWith('FAIL')),
        plain,
      )
    }
  })

  it('names the missed level and the broken rule with their figures', () => {
    assert.match(
      toTerminal(samples.fail(), { color: false, width: 100 }),
      /missed {6}p99 delivery in hold: 1\.\d+\u202fs, bound 1\u202fs/,
    )
    assert.match(
      toTerminal(samples.invalid(), { color: false, width: 100 }),
      /invalid {5}p99 send lateness: 61\.0\u202fms, allowed 50\u202fms/,
    )
  })

  it('says what was done on purpose, what it cost, and how soon clients were back', () => {
    const text = toTerminal(samples.eventful(), { color: false, width: 400 }).replaceAll(/[\u202f\u00a0]/g, ' ')
    assert.match(
      text,
      /disturbance kill -9 persister at 40(\.0+)? s: less than 95 % in time in 6 seconds, the worst with 41\.\d+ %; no ack for 2(\.0+)? s; backlog up to 31 002, drained 10(\.0)? s after the beginning\n/,
    )
    assert.match(text, /\n {12}gateways scaled to 2 at 70(\.0+)? s\n/)
    assert.match(
      text,
      /sockets {5}366 sockets were cut; 95 % were back within 4\.79 s and had what they missed within 5\.00 s; 1 did not get it before the run ended\n/,
    )
    assert.doesNotMatch(toTerminal(samples.pass(), { color: false, width: 100 }), /disturbance|sockets/)
  })

  it('has history reads and disk use where they were measured', () => {
    const text = toTerminal(samples.eventful(), { color: false, width: 100 })
    assert.match(text, /history reads, ms +due +errors +p50 +p99 +max\n/)
    assert.match(text, /first page of a room +875 +5 +2\.41 +18\.4 +44\.0\n/)
    assert.match(text, /rooms of a user +875 +875 +no samples\n/)
    assert.match(text, /disk +815.B a message \(703.B compacted\), bytes written over bytes of bodies 13\.3x\n/)
    assert.doesNotMatch(toTerminal(samples.pass(), { color: false, width: 100 }), /history reads|disk/)
  })

  it('passes no escape sequence of a label on', () => {
    assert.ok(printable(toTerminal(hostile(), { color: false, width: 100 })))
  })
})
