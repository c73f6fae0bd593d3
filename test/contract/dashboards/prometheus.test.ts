import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renderPrometheusConfig } from '../../../dashboards/prometheus/config.ts'
import { federatedSeries } from '../../../dashboards/prometheus/federated.ts'
import { renderRules } from '../../../dashboards/prometheus/rules.ts'
import { observed, observing } from '../../support/prometheus.ts'
import { ruleTests } from '../../support/rule-tests.ts'

const { isHere, put, tool } = observing()

test('promtool takes the rules', async (t) => {
  if (!isHere(t)) return
  assert.match(await tool('check', 'rules', await put('rules.yml', renderRules())), /SUCCESS/)
})

test('promtool takes the configuration of every kind of discovery', async (t) => {
  if (!isHere(t)) return
  const rulesFile = await put('rules.yml', renderRules())
  const targets = await put('targets.json', '[]')
  const config = renderPrometheusConfig({
    version: '3.5.0',
    observed,
    jobs: [
      { name: 'chat', discovery: { kind: 'file', files: [targets] } },
      { name: 'gateway', role: 'gateway', discovery: { kind: 'dns', names: ['tasks.chat_gateway'], port: 9100 } },
      { name: 'federate', discovery: { kind: 'file', files: [targets] }, federate: federatedSeries },
    ],
    rulesFile,
  })
  assert.match(await tool('check', 'config', await put('prometheus.yml', config)), /SUCCESS/)
})

test('rules record what they should, and alerts fire when and only when they should', async (t) => {
  if (!isHere(t)) return
  await put('rules.yml', renderRules())
  const file = await put('tests.yml', JSON.stringify(ruleTests('rules.yml')))
  await tool('test', 'rules', file)
})
