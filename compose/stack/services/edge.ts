/** HAProxy before the gateways and the API, and the operations port through which the lab sees every task. */
import { healthOf, imageParts, stateless } from '../defaults.ts'
import { type ChatStackOptions, imageOf, secretFile, secretNames } from '../options.ts'
import type { ServiceSpec } from '../spec.ts'

export const clientsPort = 8000
export const operationsPort = 8405
/** HAProxy's own counters for Prometheus; on the stack's networks only. */
export const edgeMetricsPort = 8404
/** Places for tasks found by DNS: as many gateways as a process may be asked for, and half again during an update. */
const places = 24

export function edgeService(options: ChatStackOptions): ServiceSpec {
  const image = imageOf(options, 'haproxy')
  const configPath = image.facts.configPath!
  return {
    ...stateless,
    ...imageParts(image),
    command: ['-W', '-db', '-f', configPath],
    networks: ['edge', 'app', ...(options.front ? (['front'] as const) : [])],
    // On `front` it is reached without: Docker publishes nothing of a task that has a bridge of its own.
    ports: options.front
      ? []
      : [
          { target: clientsPort, published: options.ports.public, mesh: true },
          { target: operationsPort, published: options.ports.operations, mesh: false },
        ],
    configs: [{ source: 'edge', target: configPath }],
    secrets: [secretNames.operationsHeader],
    healthcheck: healthOf(image),
    stopGraceMs: 10_000,
    replicas: 1,
    limits: { cpus: options.cpus, memoryMiB: 512, pids: 64 },
    reservations: { cpus: 0.05, memoryMiB: 64 },
    // A port of the node: two tasks cannot share it, so the old one ends first.
    update: { ...stateless.update, order: 'stop-first' },
    // The node that publishes the ports is the one that clients were told.
    placement: 'edge',
  }
}

/** Both balancers are told of tasks by Docker's DNS, and forget them 2 s after it does. */
export const dockerResolvers = `resolvers docker
  nameserver dns 127.0.0.11:53
  accepted_payload_size 8192
  resolve_retries 3
  timeout resolve 500ms
  timeout retry 500ms
  hold valid 1s
  hold obsolete 2s
  hold nx 2s
  hold refused 2s
  hold timeout 5s
  hold other 2s
`

/**
 * The `-fin` times are for a client that has left a gateway which is silent: it will not close its side.
 *
 * Not `on-marked-down shutdown-sessions`: Swarm takes a task out of DNS before it signals it, so sockets would be cut
 * before the gateway can say 1012.
 *
 * The operations port forwards /tasks/<address>/<path> to the internal server of the task that has the address: DNS
 * lists tasks, but a balancer's places do not say which task is which.
 */
export function edgeConfig({ roles, images, cpus }: Pick<ChatStackOptions, 'roles' | 'images' | 'cpus'>): string {
  const { ports } = imageOf({ images }, 'chat').facts
  const serviceOf = (role: string) => roles.find((service) => service.roles.includes(role))?.name ?? role
  const tasks = (role: string) =>
    `server-template ${role} 1-${places} tasks.${serviceOf(role)}:${ports.public} resolvers docker resolve-prefer ipv4`
  // The other half of the cores is for what it forwards to; more threads than it needs get in each other's way.
  const threads = Math.max(1, Math.floor(cpus / 2))
  return `global
  nbthread ${threads}
  log stdout format raw local0 notice

${dockerResolvers}
defaults
  mode http
  log global
  option redispatch 1
  retries 2
  timeout connect 500ms
  timeout client 60s
  timeout server 60s
  timeout http-request 10s
  timeout tunnel 1h
  timeout client-fin 10s
  timeout server-fin 10s
  default-server init-addr none check inter 1s fall 2 rise 1

frontend clients
  bind :${clientsPort}
  acl is_socket path /ws
  use_backend gateways if is_socket
  default_backend api

frontend operations
  bind :${operationsPort}
  acl knows_token req.hdr(authorization) -m str -f ${secretFile('operationsHeader')}
  http-request deny deny_status 401 unless knows_token
  http-request deny deny_status 404 unless { path_reg ^/tasks/[0-9.]+/ }
  default_backend tasks

frontend metrics
  bind :${edgeMetricsPort}
  http-request use-service prometheus-exporter if { path /metrics }
  http-request return status 200 if { path /healthz }
  http-request deny deny_status 404

backend gateways
  balance leastconn
  option httpchk GET /readyz
  ${tasks('gateway')}

backend api
  balance roundrobin
  option httpchk GET /readyz
  ${tasks('api')}

backend tasks
  http-request set-dst path,field(3,/)
  http-request set-dst-port int(${ports.internal})
  http-request replace-path ^/tasks/[^/]+(/.*) \\1
  timeout server 300s
  server task 0.0.0.0:0 no-check
`
}
