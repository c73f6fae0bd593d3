import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { resolveCompare } from '../../../lab/compare/options.ts'
import { resolveRun } from '../../../lab/run/options.ts'
import { spike } from '../../../scenarios/definitions/spike.ts'

const problems = (...args: string[]) => {
  const command = resolveCompare(args)
  assert.equal(command.kind, 'problems', JSON.stringify(command))
  return command.kind === 'problems' ? command.problems.join('\n') : ''
}
const series = (...args: string[]) => {
  const command = resolveCompare(args)
  assert.ok(command.kind === 'series', JSON.stringify(command))
  return command.options
}

describe('the command line of a comparison', () => {
  test('names arms and hands the options of a run to every one of them', () => {
    const { backends, runs, delta, noiseFloor, runArgs } = series(
      '--backends=mongo,sqlite',
      '--to=2000',
      '--slo=p99=250ms',
      '--slo=ack:p99=100ms',
      '--noisy-ok',
    )
    assert.deepEqual([backends, runs, delta, noiseFloor], [['mongo', 'sqlite'], 5, 1.1, true])
    const run = resolveRun(spike, ['--backend=mongo', ...runArgs])
    assert.ok(run.kind === 'run')
    assert.deepEqual(
      [run.run.noisyOk, run.run.profile.find(({ phase }) => phase === 'hold')],
      [true, { phase: 'hold', durationMs: 30_000, fromRate: 2000, toRate: 2000 }],
    )
  })

  test('leaves the phases alone when the whole profile is given', () => {
    assert.deepEqual(series('--backends=mongo,sqlite', '--profile=base:3s@50,hold:3s@50').runArgs, [
      '--history=100000',
      '--reads=6',
      '--compacted',
      '--observe=off',
      '--profile=base:3s@50,hold:3s@50',
    ])
  })

  test('lists every problem at once, those of the runs too', () => {
    const text = problems('--backends=mong', '--runs=0', '--delta=5', '--scenario=spke', '--to=fast')
    for (const part of [
      'at least two',
      'did you mean mongo',
      '--runs=0',
      '--delta=5',
      'did you mean spike',
      '--to=fast',
    ])
      assert.ok(text.includes(part), `${part} in\n${text}`)
  })

  test('refuses what cannot be meant', () => {
    assert.match(problems('--backends=mongo,mongo'), /twice/)
    assert.match(problems('a.html'), /at least two finished runs/)
    assert.match(problems('a.html', 'b.html', '--runs=5'), /--runs means nothing for finished runs/)
    assert.match(problems('--resume=x', '--runs=5'), /leave out --runs/)
    assert.match(problems(), /--backends names the arms/)
  })

  test('takes finished runs and a series to go on with', () => {
    const finished = resolveCompare(['a.html', 'b.html', '--delta=1.2x', '--format=markdown'])
    assert.ok(finished.kind === 'finished')
    assert.deepEqual([finished.files, finished.delta, finished.format], [['a.html', 'b.html'], 1.2, 'markdown'])
    assert.deepEqual(resolveCompare(['--resume=there']), { kind: 'resume', folder: 'there', format: 'table' })
  })
})
