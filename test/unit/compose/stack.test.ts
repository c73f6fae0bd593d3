/** The chat's stack as a compose file: what must hold for every service, whatever the store and the cluster. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parse } from 'yaml'
import type { ImageName, ImageSource, ReadyImage } from '../../../compose/images/image.ts'
import { IMAGES } from '../../../compose/images/index.ts'
import { chatStack } from '../../../compose/stack/chat.ts'
import { observers } from '../../../compose/stack/observers.ts'
import { type ChatStackOptions, storeNames } from '../../../compose/stack/options.ts'
import { type Cluster, renderStack, roomPerNode } from '../../../compose/stack/render.ts'
import { edgeConfig } from '../../../compose/stack/services/edge.ts'

const secrets = {
  tokenSecret: 'aa11'.repeat(12),
  internalToken: 'bb22'.repeat(8),
  storePassword: 'cc33'.repeat(9),
  storeRootPassword: 'dd44'.repeat(9),
  redisPassword: 'ee55'.repeat(9),
}

const imageFrom = (name: ImageName, source: ImageSource): ReadyImage => ({
  name,
  reference: `lab/${name}:1`,
  id: 'sha256:0',
  sizeBytes: 1,
  source,
  product: name,
  facts: IMAGES[name].facts,
})

function optionsWith(change: Partial<ChatStackOptions> = {}, source: ImageSource = 'local'): ChatStackOptions {
  const store = change.store ?? 'mysql'
  const names: ImageName[] = [
    'haproxy',
    'kafka',
    'redis',
    'prometheus',
    'redis-exporter',
    'mysql-exporter',
    'grafana',
    store,
  ]
  const parts: Omit<ChatStackOptions, 'observe'> = {
    name: 'chat',
    edition: store,
    fanout: 'kafka',
    cache: 'none',
    redis: true,
    roles: [
      { name: 'gateway', roles: ['gateway'], replicas: 3 },
      { name: 'persister', roles: ['persister'], replicas: 1 },
      { name: 'api', roles: ['api'], replicas: 1 },
    ],
    store,
    brokers: 1,
    knobs: { sendsPerSecond: 0 },
    front: false,
    images: new Map<ImageName, ReadyImage>([
      ['chat', imageFrom('chat', 'local')],
      ...names.map((name) => [name, imageFrom(name, source)] as const),
    ]),
    ports: { address: '127.0.0.1', public: 8080, operations: 8405, doorStore: 8306, doorLogs: [8309] },
    secrets,
    cpus: 2,
    ...change,
  }
  const watching = observers({
    ...parts,
    // No Grafana can be built.
    ports: { prometheus: 9090, grafana: source === 'official' ? 3000 : null },
    config: 'global: {}',
    prometheusFlags: [],
    rules: 'groups: []',
    grafanaFiles: [{ name: 'board', path: '/etc/grafana/dashboards/board.json', text: '{}' }],
  })
  return { ...parts, observe: watching }
}

interface RenderedService {
  readonly user: string
  readonly networks: string[]
  readonly read_only: boolean
  readonly cap_drop: string[]
  readonly ports?: { mode: string; published: number }[]
  readonly healthcheck: { test: string[]; interval: string; start_interval?: string }
  readonly stop_grace_period: string
  readonly environment?: Record<string, string>
  readonly deploy: {
    readonly replicas: number
    readonly endpoint_mode: string
    readonly resources: Record<'limits' | 'reservations', { cpus: string; memory: string; pids?: number }>
    readonly restart_policy: { condition: string; delay: string }
    readonly update_config: { order: string; delay: string }
    readonly placement: object
  }
}

function rendered(options: ChatStackOptions, cluster: Cluster) {
  const files = renderStack(chatStack(options), cluster)
  const document = parse(files.compose) as {
    version: string
    services: Record<string, RenderedService>
    networks: Record<string, { internal?: boolean; external?: boolean; name?: string } | null>
    configs: Record<string, { name: string; file: string }>
    secrets: Record<string, { file: string }>
  }
  return { files, document }
}

const pins = { state: 'node.id == s', 'state-2': 'node.id == t', 'state-3': 'node.id == u', edge: 'node.id == e' }
const oneNode: Cluster = { kind: 'dns-round-robin', nodes: 1, pins, knowsStartInterval: true }
const stackOptions = fc
  .record({ store: fc.constantFrom(...storeNames), cpus: fc.integer({ min: 1, max: 8 }) })
  .chain((change) => fc.constantFrom<ImageSource>('local', 'official').map((source) => optionsWith(change, source)))
const cluster = fc.record({
  kind: fc.constantFrom('dns-round-robin' as const, 'virtual-ip' as const),
  nodes: fc.integer({ min: 1, max: 5 }),
  pins: fc.constant(pins),
  knowsStartInterval: fc.boolean(),
})

test('health is asked for often until a task serves; always, where Docker knows one interval only', () => {
  const asked = (knowsStartInterval: boolean) => {
    const { version, services } = rendered(optionsWith(), { ...oneNode, knowsStartInterval }).document
    const { interval, start_interval } = services.gateway!.healthcheck
    return [version, interval, start_interval]
  }
  assert.deepEqual(asked(true), ['3.12', '10s', '3s'])
  assert.deepEqual(asked(false), ['3.9', '3s', undefined])
})

test('every service is bounded, checked, not root, and on a root file system that nobody writes to', () => {
  fc.assert(
    fc.property(stackOptions, cluster, (options, where) => {
      const { document } = rendered(options, where)
      for (const [name, service] of Object.entries(document.services)) {
        const { limits, reservations } = service.deploy.resources
        assert.match(service.user, /^[1-9]\d*:\d+$/, name)
        assert.ok(Number(limits.cpus) > 0 && Number(limits.cpus) <= options.cpus, name)
        assert.ok(Number.parseInt(limits.memory, 10) >= Number.parseInt(reservations.memory, 10), name)
        assert.ok((limits.pids ?? 0) > 0, name)
        assert.ok(Number(reservations.cpus) <= Number(limits.cpus), name)
        assert.equal(service.healthcheck.test[0], 'CMD', name)
        assert.ok(service.healthcheck.test.length > 1, name)
        assert.deepEqual(service.cap_drop, ['ALL'], name)
        assert.match(service.stop_grace_period, /^\d+s$/, name)
        assert.equal(service.deploy.restart_policy.condition, 'any', name)
        const isOfficialCassandra = name === 'cassandra' && options.images.get('cassandra')?.source === 'official'
        assert.equal(service.read_only, !isOfficialCassandra, name)
      }
    }),
  )
})

test('only roles, engines, what watches them and the closed door are on the data network, which leads nowhere else', () => {
  fc.assert(
    fc.property(stackOptions, cluster, (options, where) => {
      const { document } = rendered(options, where)
      const on = (network: string) =>
        Object.keys(document.services).filter((name) => document.services[name]!.networks.includes(network))
      assert.deepEqual(document.networks.data, { driver: 'overlay', internal: true })
      assert.deepEqual(
        on('data').sort(),
        [
          ...['api', 'door', 'gateway', 'kafka', options.store, 'persister', 'prometheus', 'redis', 'redis-exporter'],
          ...(options.store === 'mysql' ? ['mysql-exporter'] : []),
        ].sort(),
      )
      assert.deepEqual(document.services.prometheus!.networks, ['app', 'data'])
      assert.deepEqual(document.services.grafana?.networks ?? ['app'], ['app'])
      assert.deepEqual(on('edge').sort(), ['api', 'edge', 'gateway'])
      assert.equal(document.services.door!.deploy.replicas, 0)
      const exporters = Object.keys(document.services).filter((name) => name.endsWith('-exporter'))
      for (const name of ['kafka', 'redis', options.store, ...exporters]) {
        assert.deepEqual(document.services[name]!.networks, ['data'], name)
        assert.equal(document.services[name]!.ports, undefined, name)
      }
    }),
  )
})

test('where the clients are on the node, the edge alone is on a bridge to them, and publishes nothing', () => {
  const { document } = rendered(optionsWith({ front: true }), oneNode)
  const { edge, ...others } = document.services
  assert.deepEqual([edge!.networks, edge!.ports], [['edge', 'app', 'front'], undefined])
  assert.ok(Object.values(others).every(({ networks }) => !networks.includes('front')))
  assert.deepEqual(document.networks.front, { external: true, name: 'chat_front' })
  const usual = rendered(optionsWith(), oneNode).document
  assert.deepEqual([usual.networks.front, usual.services.edge!.ports?.length], [undefined, 2])
})

test('a gateway starts in the place of another when the clients of that one are back', () => {
  const { services } = rendered(optionsWith(), oneNode).document
  const delays = (name: string) => {
    const { restart_policy: restart, update_config: update } = services[name]!.deploy
    return [restart.delay, update.delay]
  }
  assert.deepEqual(['gateway', 'persister', 'api'].map(delays), [
    ['5s', '5s'],
    ['1s', '1s'],
    ['1s', '1s'],
  ])
})

test('the balancer has one thread for two cores, and one at least', () => {
  const threads = (cpus: number) => /nbthread (\d+)/.exec(edgeConfig(optionsWith({ cpus })))?.[1]
  assert.deepEqual([0.5, 1, 2, 4].map(threads), ['1', '1', '1', '2'])
})

test('each task of a role has the place of its slot, which no other service has', () => {
  const { services } = rendered(optionsWith(), oneNode).document
  const places = ['gateway', 'persister', 'api'].map((name) => services[name]!.environment!.CHAT_INSTANCE_ID)
  assert.deepEqual(places, ['gateway-{{.Task.Slot}}', 'persister-{{.Task.Slot}}', 'api-{{.Task.Slot}}'])
})

test('no secret stands in the compose file, in a config or in an environment; each is a file of its own', () => {
  for (const store of storeNames) {
    const { files, document } = rendered(optionsWith({ store }), oneNode)
    const open = [files.compose, ...Object.values(files.configs)].join('\n')
    for (const secret of Object.values(secrets)) assert.ok(!open.includes(secret), `${store}: a secret is readable`)
    const hidden = Object.values(files.secrets).join('\n')
    for (const secret of [secrets.tokenSecret, secrets.internalToken, secrets.redisPassword])
      assert.ok(hidden.includes(secret))
    for (const { file } of Object.values(document.secrets)) assert.ok(file in files.secrets)
  }
})

test('without IPVS names are tasks and ports are of the node; with it and several nodes the mesh publishes', () => {
  const modes = (where: Cluster) => {
    const { services } = rendered(optionsWith(), where).document
    const endpoints = new Set(Object.values(services).map(({ deploy }) => deploy.endpoint_mode))
    return { endpoints: [...endpoints], ports: services.edge!.ports!.map(({ mode }) => mode) }
  }
  assert.deepEqual(modes(oneNode), { endpoints: ['dnsrr'], ports: ['host', 'host'] })
  assert.deepEqual(modes({ ...oneNode, nodes: 3 }), { endpoints: ['dnsrr'], ports: ['host', 'host'] })
  assert.deepEqual(modes({ ...oneNode, kind: 'virtual-ip' }), { endpoints: ['vip'], ports: ['host', 'host'] })
  assert.deepEqual(modes({ ...oneNode, kind: 'virtual-ip', nodes: 3 }), {
    endpoints: ['vip'],
    ports: ['ingress', 'host'],
  })
})

test('on several nodes roles are spread with room for a lost node, data and edge stay where they are', () => {
  const { services } = rendered(optionsWith(), { ...oneNode, nodes: 3 }).document
  const placement = (name: string) => services[name]!.deploy.placement
  const preferences = [{ spread: 'node.id' }]
  // Two nodes must take all three, and one more that an update starts first.
  assert.deepEqual(placement('gateway'), { preferences, max_replicas_per_node: 2 })
  for (const name of ['kafka', 'mysql']) assert.deepEqual(placement(name), { constraints: ['node.id == s'] }, name)
  for (const name of ['edge', 'door']) assert.deepEqual(placement(name), { constraints: ['node.id == e'] }, name)
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 16 }), fc.integer({ min: 2, max: 9 }), (replicas, nodes) => {
      const room = roomPerNode(replicas, nodes)
      assert.ok(room * (nodes - 1) > replicas && (room - 1) * (nodes - 1) <= replicas)
    }),
  )
  assert.deepEqual(rendered(optionsWith(), oneNode).document.services.gateway!.deploy.placement, { preferences })
})

test('gateways start before they end and have time to say so; who holds a port or a volume ends first', () => {
  const { services } = rendered(optionsWith(), oneNode).document
  const order = (name: string) => services[name]!.deploy.update_config.order
  assert.deepEqual(['gateway', 'api', 'persister'].map(order), ['start-first', 'start-first', 'start-first'])
  assert.deepEqual(['edge', 'door', 'kafka', 'mysql'].map(order), [
    'stop-first',
    'stop-first',
    'stop-first',
    'stop-first',
  ])
  assert.equal(services.gateway!.stop_grace_period, '40s')
})

test('a config of another text has another name, for Swarm changes none', () => {
  const nameWith = (change: Partial<ChatStackOptions>) =>
    rendered(optionsWith(change), oneNode).document.configs.door!.name
  assert.equal(nameWith({}), nameWith({ cpus: 1 }))
  assert.notEqual(nameWith({}), nameWith({ store: 'mongo' }))
})

test('a dollar reaches the container as it is', () => {
  const image = imageFrom('cassandra', 'official')
  const { document } = rendered(optionsWith({ store: 'cassandra' }, 'official'), oneNode)
  // Docker takes two for one, and one for the begin of a variable's name.
  assert.deepEqual(
    document.services.cassandra!.healthcheck.test.slice(1),
    image.facts.health.official!.map((word) => word.replaceAll('$', '$$$$')),
  )
  assert.match(image.facts.health.official!.join(), /\$/)
})

test('of three brokers each is a service with a volume, a place and a door of its own, and clients know all', () => {
  const ports = { ...optionsWith().ports, doorLogs: [8309, 8310, 8311] }
  const spec = chatStack(optionsWith({ brokers: 3, ports }))
  const names = ['kafka-1', 'kafka-2', 'kafka-3']
  const brokers = names.map((name) => spec.services[name]!)
  const distinct = (of: (service: (typeof brokers)[number]) => unknown) => new Set(brokers.map(of)).size
  assert.equal(
    distinct(({ volumes }) => volumes[0]!.source),
    3,
  )
  assert.equal(
    distinct(({ environment }) => environment.KAFKA_NODE_ID),
    3,
  )
  assert.equal(
    distinct(({ environment }) => environment.CLUSTER_ID),
    1,
  )
  assert.deepEqual(
    brokers.map(({ placement }) => placement),
    ['state', 'state-2', 'state-3'],
  )
  for (const [i, { environment, healthcheck }] of brokers.entries()) {
    assert.equal(environment.KAFKA_DEFAULT_REPLICATION_FACTOR, '3')
    assert.equal(environment.KAFKA_MIN_INSYNC_REPLICAS, '2')
    const own = `BROKER://${names[i]}:9092,DOOR://127.0.0.1:${ports.doorLogs[i]}`
    assert.equal(environment.KAFKA_ADVERTISED_LISTENERS, own)
    // Who waits for a broker to serve before it is named would wait for ever: it serves when others have found it.
    assert.ok(healthcheck.test.includes('9093') && !healthcheck.test.includes('9092'))
    assert.match(spec.configs.door!, new RegExp(`bind :${8309 + i}\\n  server log tasks\\.${names[i]}:9094`))
  }
  assert.equal(spec.secrets.log_url, 'kafka://kafka-1:9092,kafka-2:9092,kafka-3:9092')
  assert.deepEqual(
    spec.services.door!.ports.map(({ published }) => published),
    [8306, ...ports.doorLogs],
  )
  const one = chatStack(optionsWith())
  assert.equal(one.secrets.log_url, 'kafka://kafka:9092')
  assert.equal(one.services.kafka!.environment.KAFKA_MIN_INSYNC_REPLICAS, '1')
})

test('an image that was not brought is named', () => {
  const images = new Map([...optionsWith().images].filter(([name]) => name !== 'kafka'))
  assert.throws(() => chatStack(optionsWith({ images })), /kafka/)
})

test('Prometheus and Grafana publish on the node itself, and a stack that nobody watches has neither', () => {
  const watched = rendered(optionsWith({}, 'official'), { ...oneNode, kind: 'virtual-ip', nodes: 3 }).document
  const published = (name: string) => watched.services[name]!.ports!.map(({ mode, published: port }) => [mode, port])
  assert.deepEqual([published('prometheus'), published('grafana')], [[['host', 9090]], [['host', 3000]]])
  assert.equal(watched.services['redis-exporter']!.ports, undefined)
  const { observe: _, ...unwatched } = optionsWith({}, 'official')
  const names = Object.keys(rendered(unwatched, oneNode).document.services)
  for (const name of ['prometheus', 'grafana', 'redis-exporter', 'mysql-exporter'])
    assert.ok(!names.includes(name), name)
})
