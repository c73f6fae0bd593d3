import assert from 'node:assert/strict'
import { test } from 'node:test'
import { comparisonOf } from '../../../lab/compare/document.ts'
import { settingOfFiles } from '../../../lab/compare/setting.ts'
import { passResult } from '../../support/results/samples.ts'

function filesOf(factor: string, values: readonly string[]) {
  return values.map((value, index) => {
    const result = passResult()
    result.run.id = `run-${index}`
    result.config.push({ name: factor, value, default: '', changed: true })
    return { file: `${index}.html`, result, sha256: 'a'.repeat(64) }
  })
}

const setting = (factor: string, values: readonly string[]) =>
  settingOfFiles({
    id: 'c',
    startedAt: '2026-11-21T10:15:00.000Z',
    command: 'npm run compare',
    delta: 1.1,
    allowed: [],
    prices: null,
    files: filesOf(factor, values),
  })

test('arms are named by what they differ in, or by a letter where that is too long for a table', () => {
  const names = (factor: string, ...values: string[]) => setting(factor, values).arms.map(({ name }) => name)
  assert.deepEqual(names('gateways', '1', '2'), ['gateways 1', 'gateways 2'])
  const [first, second] = ['warm-up:13s@50-50,base:300s@50-50', 'warm-up:13s@50-50,base:200s@50-50']
  assert.deepEqual(names('profile', first!, second!), ['profile A', 'profile B'])
  const { differences } = comparisonOf(setting('profile', [first!, second!]))
  const told = differences.find(({ name }) => name === 'config/profile')
  assert.deepEqual(told?.values, [first, second])
})
