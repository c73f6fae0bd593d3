import assert from 'node:assert/strict'
import { test } from 'node:test'
import { phaseSpans } from '../../../lab/judge/phases.ts'
import type { TimelineSecond } from '../../../lab/measure/timeline.ts'
import { Exposition } from '../../../lab/observe/exposition.ts'
import { RunMetrics } from '../../../lab/observe/runMetrics.ts'
import { resolved } from '../../support/lab-run.ts'

const samplesOf = async (page: Exposition) =>
  (await page.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))

test('what nobody has measured is not there, and ends when nobody knows any more', async () => {
  const page = new Exposition()
  const gauges = async () => (await samplesOf(page)).filter((line) => !line.includes('_total'))
  assert.deepEqual(await gauges(), [])
  page.gauge('lab_disk_free_bytes', 5)
  page.gauge('lab_ack_latency_seconds', 0.5, { quantile: '0.99' })
  assert.deepEqual(await gauges(), ['lab_ack_latency_seconds{quantile="0.99"} 0.5', 'lab_disk_free_bytes 5'])
  page.gauge('lab_disk_free_bytes', null)
  page.gauge('lab_ack_latency_seconds', null, { quantile: '0.99' })
  assert.deepEqual(await gauges(), [])
})

test('a counter that comes as a total never falls, and each component has its own', async () => {
  const page = new Exposition()
  for (const seconds of [2, 5, 4, null]) page.total('lab_component_cpu_seconds_total', seconds, { component: 'a' })
  page.total('lab_component_cpu_seconds_total', 1, { component: 'b' })
  const samples = await samplesOf(page)
  assert.ok(samples.includes('lab_component_cpu_seconds_total{component="a"} 5'))
  assert.ok(samples.includes('lab_component_cpu_seconds_total{component="b"} 1'))
})

test('the seconds of the generator add up, one phase is on at a time, the tightest objective is told', async () => {
  const page = new Exposition()
  const { profile, slos, faults } = resolved('--slo=p99=250ms', '--slo=hold:p99=2s')
  const metrics = new RunMetrics(page, { spans: phaseSpans(profile), slos, faults })
  const second: TimelineSecond = {
    s: 0,
    phase: 'base',
    offered: 20,
    intended: 20,
    sent: 19,
    acked: 18,
    refused: 1,
    delivered: 90,
    connected: 50,
    pending: 1,
    p50Us: 1_000,
    p99Us: 250_000,
    maxUs: null,
    ackP99Us: 500,
    lateP99Us: 2_000,
  }
  metrics.second(second)
  metrics.second({ ...second, s: 1, phase: 'hold' })
  const samples = await samplesOf(page)
  for (const line of [
    'lab_messages_sent_total 38',
    'lab_deliveries_total 180',
    'lab_delivery_latency_seconds{quantile="0.99"} 0.25',
    'lab_slo_seconds{metric="delivery",quantile="0.99"} 0.25',
    'lab_phase{phase="base"} 0',
    'lab_phase{phase="hold"} 1',
  ])
    assert.ok(samples.includes(line), `${line} in\n${samples.join('\n')}`)
  assert.equal(samples.filter((line) => line.startsWith('lab_phase') && line.endsWith(' 1')).length, 1)
  assert.ok(!samples.some((line) => line.includes('quantile="1"')), 'a second without it has none')
})
