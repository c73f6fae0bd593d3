import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'yaml'
import { metrics, targetLabels } from '../../../dashboards/metrics.ts'
import { renderPrometheusConfig, renderTargets } from '../../../dashboards/prometheus/config.ts'
import { engineJob, scrapedEngines } from '../../../dashboards/prometheus/engines.ts'
import { federatedSeries } from '../../../dashboards/prometheus/federated.ts'
import { nativeHistograms } from '../../../dashboards/prometheus/native.ts'
import { ruleGroups } from '../../../dashboards/prometheus/rules.ts'

const byName = new Map(metrics.map((metric) => [metric.name, metric]))
const rules = ruleGroups.flatMap((group) => group.rules)
const version = '3.5.0'
const observed = { run: 'r1', backend: 'mysql', runtime: 'native' }

/** Names that their exporters chose. */
const foreign: ReadonlySet<string> = new Set(['jvm', 'mysql', 'postgres', 'redis'])

test('names follow the conventions: base units, _total for counters and for nothing else', () => {
  assert.equal(byName.size, metrics.length, 'no name twice')
  for (const { name, type, unit, source } of metrics) {
    assert.match(name, /^[a-z][a-z0-9_]*$/)
    if (foreign.has(source)) continue
    assert.equal(name.endsWith('_total'), type === 'counter', name)
    if (unit === 'seconds' || unit === 'bytes') assert.match(name, new RegExp(`_${unit}(_total)?$`), name)
    if (source !== 'chat') assert.ok(name.startsWith(`${source}_`), name)
  }
})

test('rules name metrics of the table only, histograms by their series', () => {
  for (const { expr } of rules) {
    const named = expr.match(/\b(chat|lab|process|nodejs)_[a-z0-9_]+/g) ?? []
    assert.ok(named.length > 0 || expr.startsWith('up '), expr)
    for (const name of named) {
      const base = name.replace(/_(bucket|sum|count)$/, '')
      const metric = byName.get(name) ?? byName.get(base)
      assert.ok(metric !== undefined, `${name} in ${expr}`)
      // A native histogram has the name itself.
      assert.ok(metric.type === 'histogram' || metric.name === name, `${name} in ${expr}`)
    }
  }
})

test('no metric has a label that the scrape sets, and recorded names are not those of metrics', () => {
  for (const { name, labels } of metrics)
    for (const label of Object.keys(labels)) assert.ok(!targetLabels.some((each) => each === label), `${name} ${label}`)
  for (const rule of rules) if ('record' in rule) assert.match(rule.record, /^run:[a-z0-9_]+:[a-z0-9]+$/)
})

test('every target gets the labels of its run, however it is found', () => {
  const config = parse(
    renderPrometheusConfig({
      version,
      observed,
      jobs: [
        { name: 'chat', discovery: { kind: 'file', files: ['/x/chat.json'] } },
        {
          name: 'redis',
          role: 'exporter',
          path: '/scrape',
          parameters: { target: 'redis' },
          discovery: { kind: 'dns', names: ['tasks.redis'], port: 9121 },
        },
      ],
      rulesFile: '/x/rules.yml',
      intervalS: 2,
    }),
  )
  const [chat, redis] = config.scrape_configs
  const labelsOf = (job: { relabel_configs: { target_label: string; replacement: string }[] }) =>
    Object.fromEntries(job.relabel_configs.map(({ target_label, replacement }) => [target_label, replacement]))
  assert.deepEqual(labelsOf(chat), observed)
  assert.deepEqual(labelsOf(redis), { ...observed, job: 'redis', role: 'exporter' })
  assert.deepEqual(redis.params, { target: ['redis'] })
  assert.deepEqual(redis.dns_sd_configs, [{ names: ['tasks.redis'], type: 'A', port: 9121, refresh_interval: '2s' }])
  assert.deepEqual([redis.metrics_path, chat.metrics_path], ['/scrape', '/metrics'])
  assert.deepEqual([config.rule_files, config.global.scrape_interval], [['/x/rules.yml'], '2s'])
})

test('of another Prometheus come the series of the table alone, as they are there, on a page that is bounded', () => {
  const job = {
    name: 'federate',
    discovery: { kind: 'file', files: ['/x/f.json'] },
    federate: federatedSeries,
  } as const
  const { scrape_configs } = parse(renderPrometheusConfig({ version, observed, jobs: [job] }))
  const [taken] = scrape_configs
  assert.equal(taken.metrics_path, '/federate')
  assert.deepEqual(taken.params, { 'match[]': [federatedSeries] })
  assert.deepEqual([taken.honor_labels, taken.honor_timestamps, taken.track_timestamps_staleness], [true, true, true])
  const pattern = /^\{__name__=~"(.*)"\}$/.exec(federatedSeries)![1]!
  const isTaken = (name: string) => new RegExp(`^(?:${pattern})$`).test(name)
  for (const { name, type, source } of metrics)
    for (const series of type === 'histogram' ? ['', '_bucket', '_sum', '_count'].map((part) => name + part) : [name])
      assert.equal(isTaken(series), source !== 'lab', series)
  assert.ok(isTaken('up'))
  assert.ok(!isTaken('haproxy_frontend_bytes_in_total'))
})

test('native histograms are asked for as each version has it, of pages that have them, beside the classic ones', () => {
  const jobs = ['chat', 'engine'].map((name) => {
    return { name, native: name === 'chat', discovery: { kind: 'file', files: [`/x/${name}.json`] } } as const
  })
  const asked = (version: string) => {
    const { global, scrape_configs } = parse(renderPrometheusConfig({ version, observed, jobs }))
    const [chat, engine] = scrape_configs
    assert.deepEqual([engine.scrape_protocols, engine.scrape_native_histograms], [undefined, undefined])
    return {
      flags: nativeHistograms(version).flags,
      first: [chat.scrape_protocols?.[0], global.scrape_protocols?.[0]],
      settings: [chat.scrape_native_histograms, chat.always_scrape_classic_histograms],
    }
  }
  const first = ['PrometheusProto', 'OpenMetricsText1.0.0']
  const none = [undefined, undefined]
  assert.deepEqual(asked('2.53.1'), { flags: [], first: none, settings: none })
  const flags = ['--enable-feature=native-histograms']
  for (const version of ['3.0.0', '3.5.3', '3.7.9'])
    assert.deepEqual(asked(version), { flags, first, settings: [undefined, true] })
  for (const version of ['3.8.0', '3.10.1', '4.0.0'])
    assert.deepEqual(asked(version), { flags: [], first, settings: [true, true] })
})

test('engines are one job, told apart by their role; a JVM is asked for the metrics of the table alone', () => {
  const jobs = scrapedEngines.map((engine) => engineJob(engine, { kind: 'file', files: [`/x/${engine}.json`] }))
  const { scrape_configs } = parse(renderPrometheusConfig({ version, observed, jobs }))
  assert.equal(new Set(scrape_configs.map((job: { job_name: string }) => job.job_name)).size, scrapedEngines.length)
  const [kafka, mysql, postgres, , redis] = scrape_configs
  const names = kafka.params['name[]'] as string[]
  assert.deepEqual(new Set(names.map((name) => byName.get(name)?.source)), new Set(['kafka', 'jvm']))
  assert.equal(mysql.params, undefined)
  const [keep, drop] = postgres.metric_relabel_configs
  const [keepOfRedis] = redis.metric_relabel_configs
  for (const { name, source } of metrics) {
    assert.equal(new RegExp(`^(?:${keep.regex})$`).test(name), source === 'postgres', name)
    assert.equal(new RegExp(`^(?:${keepOfRedis.regex})$`).test(name), source === 'redis', name)
  }
  assert.deepEqual([keep.action, drop], ['keep', { regex: 'server', action: 'labeldrop' }])
})

test('targets carry who they are', () => {
  const targets = JSON.parse(renderTargets([{ address: '127.0.0.1:1', role: 'gateway+api', instance: 'gateway-2' }]))
  assert.deepEqual(targets, [{ targets: ['127.0.0.1:1'], labels: { role: 'gateway+api', instance: 'gateway-2' } }])
})
