import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { MachineCores } from '../../../compose/native/cores.ts'
import { resolveCompare } from '../../../lab/compare/options.ts'
import { resolveRun } from '../../../lab/run/options.ts'
import { spike } from '../../../scenarios/definitions/spike.ts'

const two: MachineCores = { allowed: [0, 1], obstacle: null }
const problems = (...args: string[]) => {
  const command = resolveCompare(args, two)
  assert.equal(command.kind, 'problems', JSON.stringify(command))
  return command.kind === 'problems' ? command.problems.join('\n') : ''
}
const series = (...args: string[]) => seriesOn(two, ...args)
const seriesOn = (machine: MachineCores, ...args: string[]) => {
  const command = resolveCompare(args, machine)
  assert.ok(command.kind === 'series', JSON.stringify(command))
  return command.options
}

describe('the command line of a comparison', () => {
  test('names arms and hands the options of a run to every one of them', () => {
    const { factor, values, runs, delta, noiseFloor, runArgs } = series(
      '--backends=mongo,sqlite',
      '--to=2000',
      '--slo=p99=250ms',
      '--slo=ack:p99=100ms',
      '--noisy-ok',
    )
    assert.deepEqual([factor, values, runs, delta, noiseFloor], ['backend', ['mongo', 'sqlite'], 5, 1.1, true])
    const run = resolveRun(spike, ['--backend=mongo', ...runArgs])
    assert.ok(run.kind === 'run')
    assert.deepEqual(
      [run.run.noisyOk, run.run.profile.find(({ phase }) => phase === 'hold')],
      [true, { phase: 'hold', durationMs: 30_000, fromRate: 2000, toRate: 2000 }],
    )
  })

  test('takes arms that differ in their fan-out or their cache, on the backend given', () => {
    const fanouts = series('--fanouts=kafka,redis', '--backend=mysql')
    assert.deepEqual([fanouts.factor, fanouts.values], ['fanout', ['kafka', 'redis']])
    assert.ok(fanouts.runArgs.includes('--backend=mysql'))
    assert.equal(series('--caches=none,redis', '--backend=mysql').factor, 'cache')
    assert.match(problems('--fanouts=kafka,redis'), /the backend sqlite can have memory/)
    assert.match(problems('--fanouts=kafka,radis', '--backend=mysql'), /did you mean redis/)
  })

  test('takes one thing to differ in', () => {
    assert.match(problems('--fanouts=kafka,redis', '--backends=mongo,mysql'), /arms differ in one thing/)
    const text = problems('--fanouts=kafka,redis', '--backend=mysql', '--fanout=redis')
    assert.match(text, /--fanout is what the arms differ in/)
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

  test('keeps the load generator apart where there are cores enough, and says why where not', () => {
    const cores = (machine: MachineCores, ...args: string[]) => {
      const { runArgs, cores } = seriesOn(machine, '--backends=mongo,sqlite', ...args)
      return [...runArgs.filter((arg) => arg.startsWith('--cores')), cores]
    }
    const many = (count: number): MachineCores => ({ allowed: [...Array(count).keys()], obstacle: null })
    assert.match(cores(two).join(), /^nothing is pinned, every component shares 0-1: .*\(4 are needed\)$/)
    for (const args of [[], ['--cores=auto']])
      assert.deepEqual(cores(many(4), ...args), ['--cores=generator=3', '--cores=*=0-2', 'generator 3, all others 0-2'])
    assert.deepEqual(cores(many(11)).slice(0, 2), ['--cores=generator=9-10', '--cores=*=0-8'])
    assert.deepEqual(cores(many(4), '--cores=none'), ['nothing is pinned, as asked for'])
    assert.match(cores({ allowed: null, obstacle: 'a Mac' }).join(), /^nothing is pinned: a Mac$/)
    assert.deepEqual(cores(two, '--cores=generator=1', '--cores=*=0').slice(0, 2), [
      '--cores=generator=1',
      '--cores=*=0',
    ])
    assert.match(problems('--backends=mongo,sqlite', '--cores=auto', '--cores=kafka=0'), /--cores=auto says it all/)
    const strange = problems('--backends=mongo,sqlite', '--cores=kafka=7')
    for (const part of ['no core 7', 'the backend sqlite has no kafka']) assert.ok(strange.includes(part), strange)
    assert.match(problems('a.html', 'b.html', '--cores=none'), /--cores means nothing for finished runs/)
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
