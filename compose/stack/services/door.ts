/**
 * A way from loopback to the store and the log, past the system, for the audit of a run. It has no task but while the
 * lab audits: nothing else outside of `app` reaches the data tier.
 */
import { healthOf, imageParts, stateless } from '../defaults.ts'
import { type ChatStackOptions, imageOf } from '../options.ts'
import type { ServiceSpec } from '../spec.ts'
import { dockerResolvers } from './edge.ts'
import { doorListenerPort, kafkaName } from './kafka.ts'

const storePort = 8306
const logPort = 8309
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
      { target: logPort, published: options.ports.doorLog, mesh: false },
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

export function doorConfig(behind: { readonly store: string; readonly storePort: number }): string {
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

listen log
  bind :${logPort}
  server log tasks.${kafkaName}:${doorListenerPort}

frontend metrics
  mode http
  bind :${healthPort}
  http-request return status 200 if { path /healthz }
`
}
