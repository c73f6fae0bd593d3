import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openSession } from '../../compose/native/session.ts'
import { compareCommand } from '../../lab/compare/command.ts'
import { readComparison } from '../../reports/schema/validate.ts'
import { recordedIo } from '../support/io.ts'

const load = ['--users=20', '--profile=base:2s@50,hold:4s@100', '--slo=p99=60s', '--noisy-ok']

test('a short series of two backends is played, told and gone on with, and its reports can be compared again', async (t) => {
  const outDir = await mkdtemp(join(tmpdir(), 'compare-'))
  t.after(() => rm(outDir, { recursive: true, force: true }))
  const prices = join(outDir, 'prices.json')
  await writeFile(prices, JSON.stringify({ currency: 'EUR', source: 'a test', perCoreHour: 0.05 }))
  const compare = async (...args: string[]) => {
    const { io, out, err } = recordedIo(process.env)
    const code = await compareCommand(args, { ...io, openSession, onInterrupt: () => () => {} })
    return { code, out: out(), err: err() }
  }
  const settings = ['--runs=1', '--no-aa', '--history=40', '--reads=3', `--prices=${prices}`, `--out=${outDir}`]
  const first = await compare('--backends=sqlite,mysql', ...settings, ...load)
  assert.equal(first.code, 3, first.err)
  const [id] = (await readdir(outDir)).filter((name) => !name.endsWith('.json'))
  const folder = join(outDir, id!)
  const comparison = readComparison(await readFile(join(folder, 'comparison.html'), 'utf8'))
  assert.deepEqual(comparison.runs.map(({ arm, excluded }) => [arm, excluded]).sort(), [
    ['mysql', null],
    ['sqlite', null],
  ])
  assert.match(comparison.partial!, /has 1 of the 5 valid runs/)
  assert.match(comparison.answer[0]!.text, /One run a side/)
  for (const metric of ['delivery/p50/hold', 'cpu/system', 'disk/compacted', 'money/system'])
    assert.ok(
      comparison.runs.every(({ values }) => values[metric]! > 0),
      metric,
    )
  const again = await compare(`--resume=${folder}`)
  assert.equal(again.code, 3)
  assert.doesNotMatch(again.err, /run 1 of/, 'nothing is left to run')
  const reports = comparison.runs.map(({ report }) => join(folder, report!))
  const finished = await compare(...reports, `--out=${outDir}`, '--format=json')
  assert.deepEqual(
    readComparison(finished.out).arms.map(({ name }) => name),
    comparison.runs.map(({ arm }) => arm),
  )
})
