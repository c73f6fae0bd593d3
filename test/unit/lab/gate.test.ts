import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { gateCommand } from '../../../lab/gate/command.ts'
import { rejudge } from '../../../lab/gate/rejudge.ts'
import { named } from '../../../lab/judge/slos.ts'
import { renderRunReport } from '../../../reports/run/render.ts'
import type { Result } from '../../../reports/schema/result.ts'
import { serializeResult } from '../../../reports/schema/validate.ts'
import { parseSlos } from '../../../scenarios/slos.ts'
import { recordedIo } from '../../support/io.ts'
import { failResult, incompleteResult, invalidResult, lossResult, passResult } from '../../support/results/samples.ts'

const folder = await mkdtemp(join(tmpdir(), 'lab-gate-'))
after(() => rm(folder, { recursive: true, force: true }))

async function gate(text: string | null, ...args: string[]) {
  const file = join(folder, 'given')
  if (text !== null) await writeFile(file, text)
  const { io, out, err } = recordedIo()
  const code = await gateCommand([...(text === null ? [] : [file]), ...args], io)
  return { code, out: out(), err: err() }
}

const slo = (...texts: string[]) => named(parseSlos(texts).slos)
const p99Of = (result: Result, name: string) => result.phases.find((phase) => phase.name === name)!.delivery!.p99

describe('the exit code says what the run was', () => {
  test('by its own objectives', async () => {
    const codes = []
    for (const result of [passResult(), failResult(), lossResult(), invalidResult(), incompleteResult()])
      codes.push((await gate(serializeResult(result))).code)
    assert.deepEqual(codes, [0, 1, 1, 3, 130])
  })

  test('by a bound just below and just at what was measured', async () => {
    const result = passResult()
    const worst = Math.max(...['base', 'rise', 'hold', 'fall', 'recovery'].map((name) => p99Of(result, name)))
    const text = serializeResult(result)
    assert.equal((await gate(text, `--slo=p99=${worst}us`)).code, 0)
    assert.equal((await gate(text, `--slo=p99=${worst - 1}us`)).code, 1)
  })

  test('an invalid run stays invalid however generous the objectives are', async () => {
    assert.equal((await gate(serializeResult(invalidResult()), '--slo=p99=60s')).code, 3)
  })

  test('a loss stays a failure when only latency was asked for', async () => {
    assert.equal((await gate(serializeResult(lossResult()), '--slo=p99=60s')).code, 1)
  })

  test('a tighter bound asks for a more punctual generator', () => {
    const late = passResult()
    const rule = late.validity.find((candidate) => candidate.rule === 'late-generator')!
    rule.figure = 20_000
    assert.equal(rejudge(late, slo('p99=1s')).verdict.outcome, 'PASS')
    assert.equal(rejudge(late, slo('p99=250ms')).verdict.outcome, 'INVALID')
  })
})

describe('objectives given are put over the run’s own', () => {
  const idsOf = (result: Result, ...texts: string[]) =>
    rejudge(result, slo(...texts)).slos.flatMap(({ id, unit }) => (unit === 'count' ? [] : [id]))
  const ownIds = ['p99=1s', 'errors=0.1%', 'indeterminate=0.1%']
  const own = () => {
    const result = passResult()
    return { ...result, slos: rejudge({ ...result, slos: [] }, slo(...ownIds)).slos }
  }

  test('a tighter p99 leaves the bounds on errors and unanswered messages', () => {
    assert.deepEqual(idsOf(own(), 'p99=250ms'), ['errors=0.1%', 'indeterminate=0.1%', 'p99=250ms'])
    assert.deepEqual(idsOf(own(), 'hold:p99.9=1s'), [...ownIds, 'hold:p99.9=1s'])
    const refusing = own()
    const hold = refusing.phases.find(({ name }) => name === 'hold')!
    hold.refused = [{ code: 'MSG-413', count: hold.sent }]
    assert.equal(rejudge(refusing, slo('p99=60s')).verdict.outcome, 'FAIL')
  })

  test('an objective of the run on a quantile that a result does not keep stays as it was judged', () => {
    const result = own()
    const row = { ...result.slos[0]!, id: 'hold:p95=1s', phase: 'hold', quantile: 0.95, measured: 7, met: true }
    result.slos.push(row)
    assert.deepEqual(
      rejudge(result, slo('p99=250ms')).slos.find(({ id }) => id === row.id),
      row,
    )
  })
})

test('the report says the same as the result file', async () => {
  const result = failResult()
  const fromFile = await gate(serializeResult(result), '--json', '--slo=hold:p99.9=500ms')
  const fromPage = await gate(renderRunReport(result), '--json', '--slo=hold:p99.9=500ms')
  assert.deepEqual(fromPage, fromFile)
  assert.equal(JSON.parse(fromFile.out).schema, 'lab.gate/1')
})

test('JUnit and Markdown are written beside the answer', async () => {
  const files = [join(folder, 'gate.xml'), join(folder, 'gate.md')]
  const { code } = await gate(serializeResult(failResult()), `--junit=${files[0]}`, `--markdown=${files[1]}`)
  assert.equal(code, 1)
  assert.match(await readFile(files[0]!, 'utf8'), /^<\?xml .*\n<testsuites /)
  assert.match(await readFile(files[1]!, 'utf8'), /^## FAIL: /)
})

describe('what cannot be judged is refused with exit 2', () => {
  const text = serializeResult(passResult())
  const cases: readonly (readonly [string, string | null, string[], RegExp])[] = [
    ['no file', null, [], /give one result\.json or report\.html/],
    ['a missing file', null, [join(folder, 'nowhere.json')], /cannot be read/],
    ['a file cut short', text.slice(0, 400), [], /RESULT-UNREADABLE/],
    ['a page cut short', renderRunReport(passResult()).slice(0, 3_000), [], /RESULT-UNREADABLE/],
    ['another page', '<html></html>', [], /RESULT-FOREIGN/],
    ['another schema', text.replace('lab.result/2', 'lab.result/9'), [], /RESULT-FOREIGN/],
    [
      'an older schema',
      text.replace('lab.result/2', 'lab.result/1'),
      [],
      /RESULT-FOREIGN: a result made by an older lab/,
    ],
    ['a changed figure', text.replace('"exitCode":0', '"exitCode":"0"'), [], /RESULT-INVALID/],
    ['a quantile it does not keep', text, ['--slo=p95=1s'], /keeps p50, p90, p99, p99\.9 and max/],
    ['an unreadable objective', text, ['--slo=fast'], /SLO "fast"/],
    ['an unknown option', text, ['--jnit=x'], /did you mean --junit\?/],
    ['a folder for the JUnit file', text, [`--junit=${folder}`], /could not be written/],
  ]
  for (const [name, content, args, expected] of cases)
    test(name, async () => {
      const { code, err, out } = await gate(content, ...args)
      assert.deepEqual([code, out], [2, ''])
      assert.match(err, expected)
    })
})

test('--help goes to stdout with exit 0', async () => {
  const { code, out } = await gate(null, '--help')
  assert.equal(code, 0)
  for (const flag of ['--slo', '--junit', '--markdown', '--json']) assert.ok(out.includes(flag))
})
