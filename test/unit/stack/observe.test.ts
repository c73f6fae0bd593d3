/** What watches a stack: everyone who has metrics is scraped, and what Swarm bounds is within its bounds. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { parse } from 'yaml'
import type { ImageName, ReadyImage } from '../../../compose/images/image.ts'
import { IMAGES } from '../../../compose/images/index.ts'
import { renderStack } from '../../../compose/stack/render.ts'
import { ruleGroups } from '../../../dashboards/prometheus/rules.ts'
import { generateSecrets, imagesOf, servicesOf, stackEdition, stackOf } from '../../../lab/stack/chat.ts'
import { readStackOptions } from '../../../lab/stack/options.ts'
import { observerPort } from '../../../lab/stack/ports.ts'

const edition = (fanout: 'kafka' | 'redis') => stackEdition('mysql', { fanout })
const longestName = 'a'.repeat(31)

function spec(fanout: 'kafka' | 'redis', grafana: number | null = null, knobs: Readonly<Record<string, number>> = {}) {
  const image = (name: ImageName): ReadyImage => {
    const { facts } = IMAGES[name]
    const source = facts.health.local === null ? 'official' : 'local'
    return { name, reference: name, id: '', sizeBytes: 1, source, product: name, facts }
  }
  const names = [...imagesOf(edition(fanout), true), 'grafana' as const]
  return stackOf({
    name: longestName,
    edition: edition(fanout),
    gateways: 2,
    brokers: 1,
    knobs,
    images: new Map(names.map((name) => [name, image(name)])),
    ports: { address: '127.0.0.1', public: 1, operations: 2, doorStore: 3, doorLogs: [4] },
    secrets: generateSecrets(),
    cpus: 2,
    nodes: 1,
    front: false,
    observe: { prometheus: 9090, grafana },
  })
}

interface Scrape {
  readonly relabel_configs: readonly { readonly target_label: string; readonly replacement: string }[]
  readonly dns_sd_configs: readonly { readonly names: readonly string[]; readonly port: number }[]
}

function scraped(fanout: 'kafka' | 'redis') {
  const { scrape_configs } = parse(spec(fanout).configs.prometheus!) as { scrape_configs: Scrape[] }
  return scrape_configs.map(({ relabel_configs, dns_sd_configs: [found] }) => {
    const { job, role, ...run } = Object.fromEntries(
      relabel_configs.map(({ target_label, replacement }) => [target_label, replacement]),
    )
    assert.deepEqual(run, { run: longestName, backend: 'mysql', runtime: 'swarm' })
    return { who: `${job} ${role}`, at: `${found!.names} ${found!.port}` }
  })
}

test('every role, the edge and every engine are scraped, task by task, where no token is asked for', () => {
  const { internal } = IMAGES.chat.facts.ports
  for (const fanout of ['kafka', 'redis'] as const) {
    const roles = servicesOf(edition(fanout), 2, 1).map(({ name }) => {
      return { who: `chat ${name}`, at: `tasks.${name} ${internal}` }
    })
    const edge = { who: 'haproxy edge', at: 'tasks.edge 8404' }
    const engines = [
      { who: 'engine kafka', at: 'tasks.kafka 9404' },
      { who: 'engine mysql', at: 'tasks.mysql-exporter 9104' },
      ...(fanout === 'redis' ? [{ who: 'engine redis', at: 'tasks.redis-exporter 9121' }] : []),
    ]
    assert.deepEqual(scraped(fanout), [...roles, edge, ...engines])
  }
})

test('gateways of a stack send clients away little by little, unless it is asked otherwise', () => {
  const asked = (knobs = {}) =>
    spec('kafka', null, knobs).services.gateway!.command.filter((word) => /^drain/.test(word))
  assert.deepEqual(asked(), ['drainSpreadMs=15000'])
  assert.deepEqual(asked({ drainSpreadMs: 0 }), ['drainSpreadMs=0'])
})

test('whoever is scraped is on a network of Prometheus, and the rules are there', () => {
  const { services, configs } = spec('redis')
  for (const { at } of scraped('redis')) {
    const service = services[/^tasks\.(\S+)/.exec(at)![1]!]
    assert.ok(
      service?.networks.some((network) => services.prometheus!.networks.includes(network)),
      at,
    )
  }
  assert.deepEqual(parse(configs.rules!), JSON.parse(JSON.stringify({ groups: ruleGroups })))
})

test('Grafana has every board and their Prometheus; no config is over what Swarm takes, no name too long', () => {
  const watched = spec('redis', 3000)
  const targets = watched.services.grafana!.configs.map(({ target }) => target)
  assert.equal(targets.filter((target) => /^\/etc\/grafana\/dashboards\/chat-\w+\.json$/.test(target)).length, 7)
  for (const kind of ['datasources', 'dashboards'])
    assert.ok(targets.includes(`/etc/grafana/provisioning/${kind}/chat-lab.yaml`), kind)
  assert.match(watched.configs.datasources!, /url: http:\/\/prometheus:9090/)
  for (const [name, text] of Object.entries(watched.configs)) assert.ok(Buffer.byteLength(text) < 500_000, name)
  const pin = 'node.role == manager'
  const pins = { state: pin, 'state-2': pin, 'state-3': pin, edge: pin }
  const { compose } = renderStack(watched, { kind: 'dns-round-robin', nodes: 1, pins, knowsStartInterval: true })
  const { configs } = parse(compose) as { configs: Record<string, { name: string }> }
  for (const { name } of Object.values(configs)) assert.ok(name.length <= 64, name)
  const without = spec('redis')
  assert.equal(without.services.grafana, undefined)
  assert.equal(without.configs['chat-overview'], undefined)
})

test("the exporter's password is a secret of its own, by the address it asks", () => {
  const { services, secrets } = spec('redis')
  const { REDIS_ADDR: address = '' } = services['redis-exporter']!.environment
  const passwords = JSON.parse(secrets.redis_passwords!) as Record<string, string>
  assert.deepEqual(Object.keys(passwords), [address])
  assert.ok(secrets.redis_settings!.includes(`requirepass ${passwords[address]}`))
  assert.equal(spec('kafka').secrets.redis_passwords, undefined)
})

test('a stack is watched unless it is said otherwise', () => {
  const read = (...args: string[]) => {
    const problems: string[] = []
    const options = readStackOptions(['up', ...args], problems)!
    return { watched: [options.observe, options.prometheusPort, options.grafanaPort], problems }
  }
  assert.deepEqual(read(), { watched: [true, null, null], problems: [] })
  assert.deepEqual(read('--observe=off', '--prometheus-port=9'), { watched: [false, 9, null], problems: [] })
  assert.equal(read('--observe=no', '--grafana-port=0').problems.length, 2)
})

test("a port that was asked for must be free and nobody else's; in place of the usual one any is taken", async (t) => {
  const { signal } = new AbortController()
  const server = createServer().listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const { port: busy } = server.address() as AddressInfo
  await assert.rejects(observerPort('prometheus', busy, [], signal), /in use by another process/)
  await assert.rejects(observerPort('prometheus', 7, [7], signal), /asked for twice/)
  const other = await observerPort('prometheus', null, [9090], signal)
  assert.ok(other > 0 && other !== 9090)
})
