/** What kind of cluster it is, and what the kernel's accounts of a container say. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Daemon } from '../../../compose/docker/daemon.ts'
import { accountsOf, usageOf } from '../../../compose/swarm/cgroup.ts'
import { ipvsHere, kindFrom, openCluster, type SwarmNode } from '../../../compose/swarm/cluster.ts'
import { placesOf } from '../../../compose/swarm/places.ts'

describe('the kind of a cluster', () => {
  const kindOf = (files: Record<string, string>) => {
    const exists = (path: string) => Object.keys(files).some((file) => file === path || file.startsWith(`${path}/`))
    return kindFrom(ipvsHere({ exists, read: (path) => files[path], release: '6.1' })).kind
  }

  test('IPVS that is loaded, built in or to be loaded means virtual IPs', () => {
    assert.equal(kindOf({ '/proc/net/ip_vs': '' }), 'virtual-ip')
    assert.equal(kindOf({ '/lib/modules/6.1/modules.builtin': 'kernel/net/netfilter/ipvs/ip_vs.ko\n' }), 'virtual-ip')
    assert.equal(kindOf({ '/lib/modules/6.1/modules.dep': 'kernel/net/netfilter/ipvs/ip_vs.ko.xz: a\n' }), 'virtual-ip')
    assert.equal(kindOf({ '/proc/config.gz': 'CONFIG_IP_VS=y\n' }), 'virtual-ip')
  })

  test('without it, and where nobody can say, names are tasks', () => {
    assert.equal(kindOf({ '/proc/config.gz': '# CONFIG_IP_VS is not set\n' }), 'dns-round-robin')
    assert.equal(kindOf({ '/boot/config-6.1': 'CONFIG_IP_VS=m\n' }), 'dns-round-robin')
    assert.equal(kindOf({ '/lib/modules/6.1/modules.dep': 'kernel/net/ipv4/ip_gre.ko:\n' }), 'dns-round-robin')
    assert.equal(kindOf({}), 'dns-round-robin')
    assert.equal(kindFrom('unknown').kind, 'dns-round-robin')
  })
})

describe('which nodes keep the data and meet the clients', () => {
  const node = (name: string, labels: Record<string, string> = {}): SwarmNode => ({
    id: `id-${name}`,
    hostname: name,
    state: 'ready',
    availability: 'active',
    isManager: name === 'n1',
    cpus: 2,
    address: `10.0.0.${name.slice(1)}`,
    labels,
  })

  test('one node is both, on loopback', () => {
    const { pins, address } = placesOf({ nodes: [node('n1')], nodeId: 'id-n1' })
    assert.deepEqual([pins.state, pins.edge, address], ['node.role == manager', 'node.role == manager', '127.0.0.1'])
  })

  test('of several the one that was asked, or those that are labelled', () => {
    const plain = { nodes: [node('n1'), node('n2')], nodeId: 'id-n2' }
    assert.deepEqual(placesOf(plain), {
      pins: {
        state: 'node.id == id-n2',
        'state-2': 'node.id == id-n1',
        'state-3': 'node.id == id-n1',
        edge: 'node.id == id-n2',
      },
      address: '10.0.0.2',
      keepers: ['id-n2', 'id-n2'],
    })
    const nodes = [node('n1'), node('n2', { 'chat.state': 'true' }), node('n3', { 'chat.edge': 'true' })]
    assert.deepEqual(placesOf({ nodes, nodeId: 'id-n1' }), {
      pins: {
        state: 'node.labels.chat.state == true',
        'state-2': 'node.id == id-n1',
        'state-3': 'node.id == id-n3',
        edge: 'node.labels.chat.edge == true',
      },
      address: '10.0.0.3',
      keepers: ['id-n2', 'id-n3'],
    })
  })

  test('copies of the data are on nodes of their own that are there, or where a label says', () => {
    const away = { ...node('n2'), state: 'down' }
    const nodes = [node('n1'), away, node('n3'), node('n4', { 'chat.state-3': 'true' })]
    const { pins } = placesOf({ nodes, nodeId: 'id-n1' })
    assert.deepEqual([pins['state-2'], pins['state-3']], ['node.id == id-n3', 'node.labels.chat.state-3 == true'])
  })

  test('two that are labelled for the data are refused: data does not move', () => {
    const nodes = ['n1', 'n2'].map((name) => node(name, { 'chat.state': 'true' }))
    assert.throws(() => placesOf({ nodes, nodeId: 'id-n1' }), /chat\.state=true is on n1, n2/)
  })
})

describe("a container's accounts", () => {
  const reader = (files: Record<string, string>) => (path: string) => files[path] ?? null

  test('cgroup v1: CPU and memory have a path each', () => {
    const read = reader({
      '/proc/7/cgroup': '9:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n0::/docker/abc\n',
      '/sys/fs/cgroup/cpuacct/docker/abc/cpuacct.usage': '2500000000\n',
      '/sys/fs/cgroup/memory/docker/abc/memory.stat': 'rss 1\ntotal_cache 900\ntotal_rss 300\ntotal_mapped_file 40\n',
    })
    const accounts = accountsOf(7, read)
    assert.deepEqual(accounts, {
      cpu: '/sys/fs/cgroup/cpuacct/docker/abc',
      memory: '/sys/fs/cgroup/memory/docker/abc',
      version: 1,
    })
    const usage = usageOf(accounts!, read)
    assert.equal(usage?.cpuSeconds, 2.5)
    assert.equal(usage?.residentBytes, 340)
  })

  test('cgroup v2: one path for all', () => {
    const folder = '/sys/fs/cgroup/system.slice/docker-abc.scope'
    const read = reader({
      '/proc/7/cgroup': '0::/system.slice/docker-abc.scope\n',
      [`${folder}/cpu.stat`]: 'usage_usec 1250000\nuser_usec 1\n',
      [`${folder}/memory.stat`]: 'anon 300\nfile 900\nfile_mapped 40\n',
    })
    const accounts = accountsOf(7, read)
    assert.equal(accounts?.version, 2)
    assert.equal(usageOf(accounts!, read)?.cpuSeconds, 1.25)
    assert.equal(usageOf(accounts!, read)?.residentBytes, 340)
  })

  test('a process that is gone or in no container of its own has none, and an ended container no usage', () => {
    assert.equal(accountsOf(7, reader({})), null)
    assert.equal(accountsOf(7, reader({ '/proc/7/cgroup': '0::/\n' })), null)
    assert.equal(usageOf({ cpu: '/gone', memory: '/gone', version: 1 }, reader({})), null)
  })

  test('bytes and calls are those of its processes', () => {
    const folder = '/sys/fs/cgroup/own'
    const read = reader({ [`${folder}/cpu.stat`]: 'usage_usec 1\n', [`${folder}/cgroup.procs`]: `${process.pid}\n` })
    const usage = usageOf({ cpu: folder, memory: folder, version: 2 }, read)
    assert.ok((usage?.writeCalls ?? 0) > 0)
  })
})

test('a Docker that steers no Swarm is told apart: none at all, with the line that makes one, or a worker', async () => {
  const daemon = (swarm: Daemon['swarm']) => ({ swarm, host: 'unix:///docker.sock' }) as Daemon
  await assert.rejects(openCluster(daemon('inactive')), {
    code: 'ENV-MISSING',
    remedy: /--init-swarm.*docker swarm init --advertise-addr 127\.0\.0\.1 --listen-addr 127\.0\.0\.1/,
  })
  await assert.rejects(openCluster(daemon('worker')), { message: /"worker"/, remedy: /manager/ })
})
