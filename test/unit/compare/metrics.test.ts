import assert from 'node:assert/strict'
import { test } from 'node:test'
import { comparedRun, metricsOf } from '../../../lab/compare/metrics.ts'
import type { Result } from '../../../reports/schema/result.ts'
import { buildResult } from '../../support/results/build.ts'
import { failResult, invalidResult } from '../../support/results/samples.ts'

const changed = (change: (result: Result) => void): Result => {
  const result = structuredClone(buildResult())
  change(result)
  return result
}
const value = (result: Result, id: string) => comparedRun(result).values[id]
const component = (result: Result, name: string) => {
  const found = result.resources.components.find((part) => part.name === name)
  assert.ok(found !== undefined, `the sample has no ${name}`)
  return found
}

test('two metrics are primary, and they are declared, not chosen', () => {
  const primary = metricsOf([buildResult()]).filter((metric) => metric.primary)
  assert.deepEqual(
    primary.map(({ id }) => id),
    ['delivery/p99/hold', 'cpu/system'],
  )
})

test('latency and goodput of each measured phase, none of the warm-up', () => {
  const result = buildResult()
  const hold = result.phases.find(({ name }) => name === 'hold')!
  assert.equal(value(result, 'delivery/p99/hold'), hold.delivery?.p99)
  assert.equal(value(result, 'goodput/hold'), hold.goodput / hold.durationS)
  const ids = metricsOf([result]).map(({ id }) => id)
  assert.ok(!ids.some((id) => id.includes('warm-up')))
  assert.equal(new Set(ids).size, ids.length)
})

test('a quantile of fewer than ten messages is no figure', () => {
  const thin = changed((result) => {
    result.phases.find(({ name }) => name === 'base')!.delivery!.thin = ['p99']
  })
  assert.equal(value(thin, 'delivery/p99/base'), null)
  assert.ok(!metricsOf([thin]).some(({ id }) => id === 'delivery/p99/base'))
})

test('CPU of the system is the sum of its parts, without generator and lab', () => {
  const result = buildResult()
  const messages = result.phases.reduce((sum, phase) => sum + (phase.measured ? phase.acked : 0), 0)
  const parts = result.resources.components.filter(({ name }) => name !== 'generator' && name !== 'lab')
  const seconds = parts.reduce((sum, { cpuSeconds }) => sum + cpuSeconds!, 0)
  assert.equal(value(result, 'cpu/system'), seconds / (messages / 1_000))
  const busier = changed((copy) => {
    component(copy, 'generator').cpuSeconds = 1e6
  })
  assert.equal(value(busier, 'cpu/system'), value(result, 'cpu/system'))
})

test('a part that was not measured makes the sum unknown, not small', () => {
  const result = changed((copy) => {
    component(copy, 'gateway').measured = false
  })
  for (const id of ['cpu/system', 'memory/system', 'written/system', 'cpu/gateway'])
    assert.equal(value(result, id), null)
})

test('the engine of the backend is the store, whatever its name', () => {
  const { backend } = buildResult().target
  assert.ok(buildResult().resources.components.some(({ name }) => name === backend))
  const ids = metricsOf([buildResult()]).map(({ id }) => id)
  assert.ok(ids.includes('cpu/store') && !ids.includes(`cpu/${backend}`))
})

test('memory is the highest second of all parts together', () => {
  const result = changed((copy) => {
    for (const part of copy.resources.components) part.residentMiB = part.residentMiB.map(() => 10)
    component(copy, 'gateway').residentMiB[3] = 100
    component(copy, copy.target.backend).residentMiB[5] = 100
  })
  const parts = result.resources.components.filter(({ name }) => name !== 'generator' && name !== 'lab').length
  assert.equal(value(result, 'memory/system'), ((parts - 1) * 10 + 100) * 1024 * 1024)
})

test('not recovered is beyond every recovery; a profile without recovery has no figure', () => {
  const spike = { fallEndS: 87, recoveryLimitUs: 5_000, recoverS: null }
  assert.equal(
    value(
      changed((result) => Object.assign(result.spike, spike)),
      'recovery',
    ),
    Number.POSITIVE_INFINITY,
  )
  assert.equal(
    value(
      changed((result) => Object.assign(result.spike, { ...spike, recoverS: 2 })),
      'recovery',
    ),
    2,
  )
  assert.equal(
    value(
      changed((result) => Object.assign(result.spike, { ...spike, fallEndS: null })),
      'recovery',
    ),
    null,
  )
})

test('the verdict comes along with its reason and the SLOs that were missed', () => {
  assert.deepEqual(comparedRun(buildResult()).missedSlos, [])
  const run = comparedRun(failResult())
  assert.deepEqual([run.outcome, run.why], ['FAIL', 'p99 delivery in hold is above its bound'])
  assert.ok(run.missedSlos.includes('p99 delivery (hold)'))
  assert.equal(comparedRun(invalidResult()).outcome, 'INVALID')
})
