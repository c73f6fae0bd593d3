/** The project's own roles: stateless, so they are spread over the nodes and replaced one by one. */
import { healthOf, imageParts, stateless } from '../defaults.ts'
import { type ChatStackOptions, imageOf, type RoleService, secretFile, secretNames } from '../options.ts'
import type { NetworkName, ServiceSpec } from '../spec.ts'

/** How long a task waits for engines that start beside it, and is not yet unhealthy. */
const waitSeconds = 240
/**
 * Clients of a gateway that went come back within 5 s. The start of a new one takes 2 s of CPU, on a full machine from
 * those that take the clients up meanwhile, so it waits until they are back.
 */
const clientsBackMs = 5_000
/** What the collector spares by a young generation that holds all messages: `lab/run/reference/processes.ts`. */
const nodeOptions = '--max-semi-space-size=64'

/** A drain may take 30 s (`system/wiring/process.ts`). */
const stopGraceMs = 40_000

const memoryMiB = 768

export function roleService({ roles, replicas }: RoleService, options: ChatStackOptions): ServiceSpec {
  const image = imageOf(options, 'chat')
  const servesClients = roles.includes('gateway') || roles.includes('api')
  const startAfterMs = roles.includes('gateway') ? clientsBackMs : stateless.restart.delayMs
  const networks: NetworkName[] = [...(servesClients ? (['edge'] as const) : []), 'app', 'data']
  return {
    ...stateless,
    ...imageParts(image),
    command: [
      `--edition=${options.edition}`,
      `--fanout=${options.fanout}`,
      `--cache=${options.cache}`,
      `--roles=${roles.join(',')}`,
      '--host=0.0.0.0',
      ...(servesClients ? [`--port=${image.facts.ports.public}`] : []),
      '--internal-host=0.0.0.0',
      `--internal-port=${image.facts.ports.internal}`,
      `--wait=${waitSeconds}`,
      ...Object.entries(options.knobs).flatMap(([name, value]) => ['--knob', `${name}=${value}`]),
    ],
    environment: {
      NODE_OPTIONS: nodeOptions,
      CHAT_INSTANCE_ID: `${roles.join('-')}-{{.Task.Slot}}`,
      CHAT_STORE_URL_FILE: secretFile('storeUrl'),
      CHAT_LOG_URL_FILE: secretFile('logUrl'),
      ...(options.redis && { CHAT_REDIS_URL_FILE: secretFile('redisUrl') }),
      CHAT_TOKEN_SECRET_FILE: secretFile('tokenSecret'),
      CHAT_INTERNAL_TOKEN_FILE: secretFile('internalToken'),
    },
    secrets: [
      secretNames.storeUrl,
      secretNames.logUrl,
      ...(options.redis ? [secretNames.redisUrl] : []),
      secretNames.tokenSecret,
      secretNames.internalToken,
    ],
    networks,
    healthcheck: healthOf(image),
    stopGraceMs,
    replicas,
    restart: { ...stateless.restart, delayMs: startAfterMs },
    update: { ...stateless.update, delayMs: startAfterMs },
    limits: { cpus: options.cpus, memoryMiB, pids: 128 },
    reservations: { cpus: 0.05, memoryMiB: 96 },
  }
}
