import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { gateCommand } from '../../../lab/gate/command.ts'
import { renderRunReport } from '../../../reports/run/render.ts'
import type { Comparison } from '../../../reports/schema/comparison.ts'
import type { Result } from '../../../reports/schema/result.ts'
import { serializeComparison, serializeResult } from '../../../reports/schema/validate.ts'
import { holdP99, noiseLike, runOf, runsWith } from '../../support/gate/runs.ts'
import { recordedIo } from '../../support/io.ts'
import { failResult, incompleteResult, invalidResult } from '../../support/results/samples.ts'

const folder = await mkdtemp(join(tmpdir(), 'lab-gate-'))
after(() => rm(folder, { recursive: true, force: true }))

let files = 0
async function fileOf(text: string): Promise<string> {
  files += 1
  const file = join(folder, `${files}.given`)
  await writeFile(file, text)
  return file
}

async function gate(before: readonly Result[], now: readonly Result[], ...args: string[]) {
  const old = await Promise.all(before.map((result) => fileOf(serializeResult(result))))
  const given = await Promise.all(now.map((result) => fileOf(serializeResult(result))))
  return command(...old.map((file) => `--baseline=${file}`), ...given, ...args)
}

async function command(...args: string[]) {
  const { io, out, err } = recordedIo()
  const code = await gateCommand(args, io)
  return { code, out: out(), err: err() }
}

const base = [200_000, 202_000, 198_000, 201_000, 199_000]
const old = () => runsWith('old', base)
const now = (ratio: number) =>
  runsWith(
    'new',
    base.map((us) => Math.round(us * ratio)),
  )
const limit = '--max-regression=hold:p99=1.15x'
const [regressed, undecided, fine] = [1.5, 1.15, 1]

describe('the exit code', () => {
  test('says whether a figure regressed', async () => {
    assert.equal((await gate(old(), now(fine), limit)).code, 0)
    assert.equal((await gate(old(), now(regressed), limit)).code, 1)
    assert.equal((await gate(old(), now(fine), limit, '--max-regression=cpu=1x', '--max-regression=errors=1x')).code, 0)
  })

  test('of what nobody can tell is 3, or what --undecided says', async () => {
    const codes = []
    for (const option of [[], ['--undecided=fail'], ['--undecided=pass']])
      codes.push((await gate(old(), now(undecided), limit, ...option)).code)
    assert.deepEqual(codes, [3, 1, 0])
  })

  test('--undecided=pass hides no regression, no missed SLO and no refusal', async () => {
    const both = [limit, '--max-regression=hold:max=9x', '--undecided=pass']
    assert.equal((await gate(old(), now(regressed), ...both)).code, 1)
    assert.equal((await gate(old(), [...now(fine).slice(1), failed()], limit, '--undecided=pass')).code, 1)
    assert.equal((await gate(old(), [...now(fine).slice(1), invalid()], limit, '--undecided=pass')).code, 3)
  })

  test('a missed SLO is a FAIL, whatever the figures against the baseline say', async () => {
    assert.equal((await gate([failed('old')], [failed()], limit)).code, 1)
    assert.equal((await gate(old(), now(fine), limit, '--slo=hold:p99=100ms')).code, 1)
    assert.equal((await gate([failed('old')], now(fine), limit, '--undecided=pass')).code, 0)
  })
})

const renamed = (result: Result, id: string) => {
  Object.assign(result.run, { id, commit: id })
  return result
}
const failed = (id = 'new') => renamed(failResult(), id)
const invalid = (id = 'new') => renamed(invalidResult(), id)

describe('what must not be compared is refused with exit 3, with every reason', () => {
  test('runs that are no evidence, of either side', async () => {
    const stopped = renamed(incompleteResult(), 'new')
    const { code, out } = await gate([invalid('old'), ...old()], [stopped, ...now(fine)], limit)
    assert.equal(code, 3)
    assert.match(out, /^INVALID /)
    assert.match(out, /GATE-INVALID baseline run old is INVALID: p99 send lateness/)
    assert.match(out, /GATE-INCOMPLETE candidate run new is INCOMPLETE: Stopped by hand at 41 s/)
  })

  const different: readonly [fact: string, change: (result: Result) => void][] = [
    ['config/users', (result) => setOption(result, 'users', '500')],
    ['config/profile', (result) => setOption(result, 'profile', 'hold:1s@1-1')],
    ['config/slo', (result) => setOption(result, 'slo', 'p99=9s')],
    ['environment/cpuModel', (result) => Object.assign(result.environment, { cpuModel: 'Other CPU' })],
    ['target/engines/store/version', (result) => Object.assign(result.target.engines[0]!.engine, { version: '9' })],
  ]

  test('another load, profile, objective, machine or engine, unless it is meant', async () => {
    const changed = () =>
      now(fine).map((result) => {
        for (const [, change] of different) change(result)
        return result
      })
    const { code, out } = await gate(old(), changed(), limit)
    assert.equal(code, 3)
    for (const [fact] of different) assert.ok(out.includes(`GATE-DIFFERENT ${fact}: baseline `), fact)
    const allowances = different.map(([fact]) => `--allow-difference=${fact}`)
    const allowed = await gate(old(), changed(), limit, ...allowances)
    assert.equal(allowed.code, 0)
    for (const [fact] of different) assert.ok(allowed.out.includes(`differs     ${fact}: baseline `), fact)
    assert.equal((await gate(old(), changed(), limit, ...allowances.slice(1))).code, 3)
  })

  test('runs of one side that differ', async () => {
    const mixed = now(fine)
    mixed[0]!.run.commit = 'another'
    assert.match((await gate(old(), mixed, limit)).out, /run\/commit: .*runs of one side\s+must be alike/)
  })
})

const setOption = (result: Result, name: string, value: string) => {
  result.config = [...result.config.filter((row) => row.name !== name), { name, value, default: '', changed: true }]
}

describe('a comparison lends its noise floor', () => {
  const noise = async (change: (comparison: Comparison) => void = () => {}) => {
    const comparison = noiseLike(runOf('old'), { 'delivery/p99/hold': 1.05 })
    change(comparison)
    return `--noise=${await fileOf(serializeComparison(comparison))}`
  }
  const one = (ratio: number, ...args: string[]) => gate(old().slice(0, 1), now(ratio).slice(0, 1), limit, ...args)

  test('to single runs', async () => {
    assert.deepEqual([(await one(regressed)).code, (await one(fine)).code], [3, 3])
    const given = await noise()
    const codes = [await one(regressed, given), await one(fine, given), await one(undecided, given)]
    assert.deepEqual(
      codes.map(({ code }) => code),
      [1, 0, 3],
    )
  })

  test('only where it was measured under the same load, on the same machine and store', async () => {
    const foreign = await noise((comparison) => {
      comparison.workload.users = 9
      comparison.environment.cores = 64
      comparison.phases.pop()
      for (const arm of comparison.arms) arm.value = 'mysql'
    })
    const { code, out } = await one(fine, foreign)
    assert.equal(code, 3)
    const facts = ['workload/users', 'workload/profile', 'environment/cores', 'target/backend'].map(
      (fact) => `noise/${fact}`,
    )
    for (const fact of facts) assert.ok(out.includes(`GATE-DIFFERENT ${fact}: `), fact)
    const allowances = facts.map((fact) => `--allow-difference=${fact}`)
    assert.equal((await one(fine, foreign, ...allowances)).code, 0)
    assert.equal((await gate(old(), now(fine), limit, foreign)).code, 0, 'five runs a side do not need it')
  })

  test('only where it has one', async () => {
    const { code, err } = await one(fine, await noise((comparison) => comparison.floors.splice(0)))
    assert.equal(code, 2)
    assert.match(err, /has no A\/A floor/)
  })
})

describe('every output says the same', () => {
  test('a report page is read like its result file', async () => {
    const [a, b] = [runOf('old-1'), runOf('new-1', holdP99(400_000))]
    const fromFiles = await gate([a], [b], limit, '--json')
    const pages = await Promise.all([a, b].map((result) => fileOf(renderRunReport(result))))
    assert.deepEqual(await command('--baseline', pages[0]!, pages[1]!, limit, '--json'), fromFiles)
  })

  test('JSON, JUnit, Markdown and table name the figure, its limit and the answer', async () => {
    const [junit, markdown] = [join(folder, 'gate.xml'), join(folder, 'gate.md')]
    const limits = [limit, '--max-regression=base:p99=2x', '--max-regression=hold:max=1x', '--max-regression=cpu=1.5x']
    const runs = now(regressed)
    runs.forEach(({ phases }, index) => {
      phases.find(({ name }) => name === 'hold')!.delivery!.max += index - 2
    })
    const { code, out } = await gate(old(), runs, ...limits, `--junit=${junit}`, `--markdown=${markdown}`)
    assert.equal(code, 1)
    assert.match(out, /^FAIL {2}5 runs against 5 baseline runs: 1 of 4 figures regressed, 1 cannot be told\.\n/)
    assert.match(out, /p99 delivery, hold +200\u202fms +300\u202fms +1\.5x +1\.\d+x to 1\.\d+x +1\.15x +yes\n/)
    const xml = await readFile(junit, 'utf8')
    assert.match(xml, /<testsuite name="regressions" tests="5" failures="1" errors="1" skipped="0"/)
    assert.match(xml, /name="p99 delivery, hold at most 1\.15x the baseline"><failure message="beyond: 95 % interval/)
    assert.equal([...xml.matchAll(/<testsuite name="new-\d: validity"/g)].length, 5)
    const text = await readFile(markdown, 'utf8')
    assert.match(text, /^## FAIL against the baseline\n/)
    assert.match(text, /\| p99 delivery, hold \| 200\sms \| 300\sms \| 1\.5x \| .* \| 1\.15x \| yes \|/)
    assert.match(text, /\| candidate \| new-5 \| new \| PASS \|/)
    const json = JSON.parse((await gate(old(), runs, ...limits, '--json')).out)
    assert.deepEqual(
      [json.schema, json.outcome, json.exitCode, json.candidates.length],
      ['lab.regression/1', 'FAIL', 1, 5],
    )
    assert.deepEqual(
      json.regressions.map((row: { id: string; answer: string }) => [row.id, row.answer]),
      [
        ['hold:p99', 'beyond'],
        ['base:p99', 'within'],
        ['hold:max', 'cannot tell'],
        ['cpu', 'within'],
      ],
    )
  })

  test('what counts as undecided is never an unseen success in JUnit', async () => {
    const junit = join(folder, 'open.xml')
    const counts: string[] = []
    for (const option of [[], ['--undecided=fail'], ['--undecided=pass']]) {
      await gate(old(), now(undecided), limit, `--junit=${junit}`, ...option)
      counts.push(/name="regressions" (.*?) time/.exec(await readFile(junit, 'utf8'))![1]!)
    }
    assert.deepEqual(counts, [
      'tests="2" failures="0" errors="2" skipped="0"',
      'tests="2" failures="1" errors="0" skipped="0"',
      'tests="2" failures="0" errors="0" skipped="1"',
    ])
  })

  test('a missed SLO is shown with its run', async () => {
    const { out } = await gate(old(), [...now(fine).slice(1), failed()], limit)
    assert.match(out, /1 run missed an SLO/)
    assert.match(out, /missed {6}p99 delivery in hold/)
  })
})

test('bad input is refused with exit 2, every problem at once', async () => {
  const text = serializeResult(runOf('old-1'))
  const cut = await fileOf(renderRunReport(runOf('old-2')).slice(0, 3_000))
  const foreign = await fileOf(text.replace('lab.result/2', 'lab.result/9'))
  const whole = await fileOf(text)
  const { code, err, out } = await command(
    `--baseline=${cut}`,
    `--baseline=${whole}`,
    foreign,
    whole,
    `--noise=${whole}`,
    '--max-regression=fast=1x',
    '--undecided=maybe',
    '--slo=slow',
    '--nois=x',
  )
  assert.deepEqual([code, out], [2, ''])
  const expected = [
    /\.given: RESULT-UNREADABLE: this page is cut off/,
    /\.given: RESULT-FOREIGN: .*\n.*lab\.result\/9/,
    /\.given: COMPARISON-FOREIGN/,
    /run old-1, started at .* is given more than once/,
    /--max-regression=fast=1x: "fast" is neither/,
    /--undecided=maybe is neither fail nor pass/,
    /SLO "slow"/,
    /did you mean --noise\?/,
  ]
  for (const pattern of expected) assert.match(err, pattern)
})

test('options of a baseline need one, and a baseline needs a limit and runs', async () => {
  const one = await fileOf(serializeResult(runOf('old-1')))
  const alone = await command(one, limit, '--noise=x', '--undecided=pass', '--allow-difference=config/users')
  assert.equal(alone.code, 2)
  for (const name of ['max-regression', 'noise', 'undecided', 'allow-difference'])
    assert.ok(alone.err.includes(`--${name} means nothing without --baseline`), name)
  const bare = await command(`--baseline=${one}`)
  assert.equal(bare.code, 2)
  assert.match(bare.err, /give the runs to measure[\s\S]*at least one --max-regression/)
})
