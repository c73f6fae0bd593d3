/**
 * A way from loopback to the store and the log, past the system, for the audit of a run. It has no task but while the
 * lab audits: nothing else outside of `app` reaches the data tier.
 */
import { healthOf, imageParts, stateless } from '../defaults.ts'
import { type BrokerCount, type ChatStackOptions, imageOf } from '../options.ts'
import type { ServiceSpec } from '../spec.ts'
import { dockerResolvers } from './edge.ts'
import { brokerNames, doorListenerPort } from './kafka.ts'

const storePort = 8306
/** Of the first broker; the others' follow. */
const firstLogPort = 8309
const healthPort = 8404

export function doorService(options: ChatStackOptions): ServiceSpec {
  const image = imageOf(options, 'haproxy')
  const configPath = image.facts.configPath!
  return {
    ...stateless,
    ...imageParts(image),
    command: ['-W', '-db', '-f', configPath],
    networks: ['data', 'door'],
    ports: [
      { target: storePort, published: options.ports.doorStore, mesh: false },
      ...options.ports.doorLogs.map((published, i) => ({ target: firstLogPort + i, published, mesh: false })),
    ],
    configs: [{ source: 'door', target: configPath }],
    healthcheck: { ...healthOf(image), intervalMs: 1_000 },
    stopGraceMs: 2_000,
    replicas: 0,
    limits: { cpus: options.cpus, memoryMiB: 128, pids: 64 },
    reservations: { cpus: 0.01, memoryMiB: 32 },
    update: { ...stateless.update, order: 'stop-first' },
    // Where clients find the edge, the lab finds the door.
    placement: 'edge',
  }
}

interface Behind {
  readonly store: string
  readonly storePort: number
  readonly brokers: BrokerCount
}

export function doorConfig(behind: Behind): string {
  return `global
  log stdout format raw local0 notice

${dockerResolvers}
defaults
  mode tcp
  log global
  timeout connect 5s
  timeout client 300s
  timeout server 300s
  default-server init-addr none resolvers docker resolve-prefer ipv4

listen store
  bind :${storePort}
  server store tasks.${behind.store}:${behind.storePort}

${brokerNames(behind.brokers).map(logListener).join('\n')}
frontend metrics
  mode http
  bind :${healthPort}
  http-request return status 200 if { path /healthz }
`
}

const logListener = (broker: string, index: number): string => `listen ${broker}
  bind :${firstLogPort + index}
  server log tasks.${broker}:${doorListenerPort}
`
