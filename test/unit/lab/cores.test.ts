import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { formatCoreList, type MachineCores, machineCores, parseCoreList } from '../../../compose/native/cores.ts'
import { coresOfGroup, formatCoreSets, misplaced } from '../../../lab/run/cores.ts'
import { resolveRun } from '../../../lab/run/options.ts'
import { smoke } from '../../../scenarios/definitions/smoke.ts'

const four: MachineCores = { allowed: [0, 1, 2, 3], obstacle: null }
const resolved = (args: readonly string[], machine = four) => resolveRun(smoke, args, machine)
const setsOf = (...args: string[]) => {
  const command = resolved(['--backend=mongo', ...args])
  assert.ok(command.kind === 'run', JSON.stringify(command))
  return command.run.cores
}
const problems = (args: readonly string[], machine = four) => {
  const command = resolved(args, machine)
  assert.ok(command.kind === 'problems', JSON.stringify(command))
  return command.problems
}

describe('core lists', () => {
  test('are read and written as the kernel does', () => {
    assert.deepEqual(parseCoreList('0,2-3'), [0, 2, 3])
    assert.deepEqual(parseCoreList('3,1-2,2'), [1, 2, 3])
    assert.equal(formatCoreList([0, 1, 2, 5, 7, 8]), '0-2,5,7-8')
    for (const text of ['', '3-1', 'a', '1,', '-1', '0x1', '1.5', '99999'])
      assert.equal(parseCoreList(text), null, text)
  })

  test('survive the way there and back', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(200), { minLength: 1 }), (cores) => {
        const sorted = cores.sort((a, b) => a - b)
        assert.deepEqual(parseCoreList(formatCoreList(sorted)), sorted)
      }),
    )
  })
})

describe('--cores', () => {
  test('left out pins nothing; what is not named has all cores that are allowed', () => {
    assert.equal(setsOf(), null)
    assert.deepEqual(setsOf('--cores=generator=3'), { generator: '3', '*': '0-3' })
    assert.equal(formatCoreSets(setsOf('--cores=*=0-2', '--cores=generator=3')), 'generator=3 *=0-2')
  })

  test('takes sets with commas, and several components in one', () => {
    assert.deepEqual(setsOf('--cores=gateway=0,2-3,kafka=1'), { gateway: '0,2-3', kafka: '1', '*': '0-3' })
  })

  test('gives each process what its own name says, else what the system has, else the rest', () => {
    const sets = setsOf('--cores=gateway=0', '--cores=system=1', '--cores=store=2', '--cores=*=3')!
    const of = (group: string) => coresOfGroup(sets, group, 'mongo')
    assert.deepEqual(['gateway', 'gateway-2', 'api', 'gateway+api', 'mongo', 'kafka', 'generator', 'lab'].map(of), [
      '0',
      '0',
      '1',
      '0',
      '2',
      '3',
      '3',
      '3',
    ])
  })

  test('every problem is told at once', () => {
    const found = problems([
      '--backend=sqlite',
      '--cores=generatr=1',
      '--cores=gateway=0',
      '--cores=gateway=1',
      '--cores=api=0',
      '--cores=lab=',
      '--cores=generator=7,9',
      '--cores=system=b',
      '--cores=kafka=0',
      '--cores=persister=0',
      '--cores=store=0',
      '--cores=*',
      '--to=fast',
    ]).join('\n')
    for (const part of [
      '--cores=generatr=1: there is no component "generatr"',
      'did you mean generator?',
      '--cores=gateway=1: gateway is given twice',
      'gateway and api are one process: give them one set of cores',
      '--cores=lab=: the set of cores is empty',
      '--cores=generator=7,9: there is no core 7,9 for us; this machine lets us use 0-3',
      '--cores=system=b: "b" is no set of cores',
      '--cores=kafka=0: the backend sqlite has no kafka',
      '--cores=persister=0: the backend sqlite has no persister',
      "--cores=store=0: the store of sqlite lives in the system's own process",
      '--cores=*: it names no cores',
      '--to=fast',
    ])
      assert.ok(found.includes(part), `${part} in\n${found}`)
  })

  test('is refused where no process can be kept to a core; without it such a machine runs', () => {
    const mac: MachineCores = { allowed: null, obstacle: 'darwin does not let a program choose' }
    assert.match(problems(['--cores=generator=1'], mac).join(), /cannot be had here: darwin/)
    const command = resolved([], mac)
    assert.ok(command.kind === 'run' && command.run.cores === null)
    assert.match(machineCores({ PATH: '' }).obstacle ?? '', process.platform === 'linux' ? /taskset/ : /./)
  })
})

test('a process that was seen elsewhere than it was kept to is named; unpinned ones may be anywhere', () => {
  const seen = new Map([
    ['generator', ['3']],
    ['mongo', ['0-2', '0-3']],
  ])
  const cores = setsOf('--cores=generator=3', '--cores=*=0-2')
  assert.deepEqual(misplaced({ cores, backend: 'mongo' }, seen), [{ group: 'mongo', wanted: '0-2', seen: '0-3' }])
  assert.deepEqual(misplaced({ cores: null, backend: 'mongo' }, seen), [])
})
