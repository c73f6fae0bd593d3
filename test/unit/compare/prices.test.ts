import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { readPrices } from '../../../lab/compare/priceFile.ts'
import { costOf, type PriceSheet, parsePrices, type ResourcesUsed } from '../../../lab/compare/prices.ts'

const named = { currency: 'EUR', source: 'contract of 2026-03' }
const sheet: PriceSheet = { ...named, perCoreHour: 0.036, perGiBHour: 0.005, perGBWritten: 0.01, perGBStored: 0.2 }
const used: ResourcesUsed = {
  messages: 300_000,
  durationS: 60,
  cpuSeconds: 90,
  residentBytes: 3 * 2 ** 30,
  writtenBytes: 1.2e9,
  storedBytes: 0.3e9,
}

test('money per million messages, part by part', () => {
  const near = (found: number | null, expected: number) => assert.ok(Math.abs(found! - expected) < 1e-12, `${found}`)
  const cost = costOf(used, sheet)
  // 90 s = 0.025 core-hours, 3 GiB for a minute = 0.05 GiB-hours; a million is 10 / 3 of 300,000.
  near(cost.cpu, (0.025 * 0.036 * 10) / 3)
  near(cost.memory, (0.05 * 0.005 * 10) / 3)
  near(cost.written, (1.2 * 0.01 * 10) / 3)
  near(cost.stored, (0.3 * 0.2 * 10) / 3)
  near(cost.total, cost.cpu! + cost.memory! + cost.written! + cost.stored!)
})

test('what has no price is in no sum; what was not measured leaves none', () => {
  const part = costOf(used, { ...named, perCoreHour: 0.036 })
  assert.deepEqual([part.memory, part.written, part.stored], [null, null, null])
  assert.equal(part.total, part.cpu)
  const unmeasured = costOf({ ...used, storedBytes: null }, sheet)
  assert.deepEqual([unmeasured.stored, unmeasured.total], [null, null])
  assert.equal(costOf({ ...used, storedBytes: null }, { ...named, perCoreHour: 0.036 }).total, part.cpu)
  assert.deepEqual(Object.values(costOf({ ...used, messages: 0 }, sheet)), [null, null, null, null, null])
  assert.equal(costOf(used, { ...named, perCoreHour: 0 }).total, 0)
})

test('twice the prices or half the messages cost twice as much', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.001, max: 100, noNaN: true }), (price) => {
      const prices = { ...named, perCoreHour: price, perGBStored: price / 3 }
      const once = costOf(used, prices).total!
      const dearer = costOf(used, { ...named, perCoreHour: 2 * price, perGBStored: (2 * price) / 3 }).total!
      const fewer = costOf({ ...used, messages: used.messages / 2 }, prices).total!
      for (const twice of [dearer, fewer]) assert.ok(Math.abs(twice / once - 2) < 1e-9)
    }),
  )
})

test('a whole sheet is taken as it is', () => {
  assert.deepEqual(parsePrices(sheet), { prices: sheet, problems: [] })
})

test('every problem is told at once', () => {
  const wrong = {
    currency: '',
    sorce: 'x',
    perCoreHour: -1,
    perGiBHour: '0.1',
    perGBWritten: Number.NaN,
    perGBStored: null,
  }
  const { prices, problems } = parsePrices(wrong)
  assert.equal(prices, null)
  assert.deepEqual(
    problems.map((problem) => problem.split(' ')[0]),
    ['sorce', 'currency', 'source', 'perCoreHour', 'perGiBHour', 'perGBWritten', 'perGBStored'],
  )
  assert.match(problems[0]!, /did you mean source\?/)
  assert.match(parsePrices(named).problems.join(), /there is no price/)
  assert.match(parsePrices({ ...sheet, source: 'a\nb' }).problems.join(), /source must be a text of one line/)
  for (const value of [null, [], 'x', 7, undefined]) assert.equal(parsePrices(value).problems.length, 1)
})

test('sheets are read from JSON and from modules', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lab-prices-'))
  after(() => rm(folder, { recursive: true, force: true }))
  const given = async (name: string, text: string) => {
    const problems: string[] = []
    await writeFile(join(folder, name), text)
    return { prices: await readPrices(join(folder, name), problems), problems }
  }
  const whole = { prices: sheet, problems: [] }
  assert.deepEqual(await given('a.json', JSON.stringify(sheet)), whole)
  const typed = `const sheet: Record<string, unknown> = ${JSON.stringify(sheet)}\nexport default sheet\n`
  assert.deepEqual(await given('a.ts', typed), whole)
  for (const [name, text] of [
    ['b.json', '{"currency":'],
    ['b.ts', 'export const sheet = {}'],
    ['c.json', '[]'],
  ] as const) {
    const { prices, problems } = await given(name, text)
    assert.equal(prices, null)
    assert.ok(problems.length === 1 && problems[0]!.includes(name), problems.join())
  }
})
