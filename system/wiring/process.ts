import { createServer, type Server } from 'node:http'
import type { Logger } from 'pino'
import { StoredMarks } from '../chat/stored-marks.ts'
import type { Pipeline } from '../pipelines/pipeline.ts'
import { startApi } from '../roles/api/api.ts'
import { startGateway } from '../roles/gateway/gateway.ts'
import { createApp } from '../roles/http/app.ts'
import { type Probes, probeRoutes } from '../roles/http/probes.ts'
import { startInternal } from '../roles/internal/internal.ts'
import { createSeeder } from '../roles/internal/seed.ts'
import { startPersister } from '../roles/persister/persister.ts'
import type { RunningRole } from '../roles/role.ts'
import { Closers } from './closers.ts'
import { within } from './deadline.ts'
import { identityOf } from './identity.ts'
import { closeServer, listen } from './listen.ts'
import type { ProcessOptions } from './options.ts'
import { openParts, startErrorOf } from './parts.ts'
import { giveWay } from './priority.ts'

/** The one line a process writes to stdout, when all of it is ready. */
export interface ReadyLine {
  readonly ready: true
  readonly pid: number
  readonly roles: readonly string[]
  /** One a gateway; the first serves REST as well where the process has the role api. */
  readonly publicUrls: readonly string[]
  readonly internalUrl: string
}

export interface SystemProcess {
  readonly readyLine: ReadyLine
  /** Rejects when a role failed for good, or the disk of the store stays full. */
  readonly failed: Promise<never>
  /** Not ready any more, clients told to go elsewhere, everything taken made durable. The servers stay up. */
  drain(): Promise<void>
  /** Ends everything, last started first. */
  close(): Promise<void>
}

/** How long the steps of a drain may take together; gateways spread theirs over half of it at most. */
const drainMs = 30_000
const storePingMs = 2_000

/** Starts the roles of one process. Rejects, with everything closed again, when one cannot start. */
export async function startProcess(options: ProcessOptions, logger: Logger): Promise<SystemProcess> {
  const closers = new Closers(logger)
  try {
    return await start(options, logger, closers)
  } catch (error) {
    await closers.close()
    throw startErrorOf(error)
  }
}

async function start(options: ProcessOptions, logger: Logger, closers: Closers): Promise<SystemProcess> {
  const context = await openParts(options, logger, closers)
  const running: RunningRole[] = []
  let drained: Promise<void> | undefined
  const unready = async () => {
    const asked = await Promise.all([storeAnswers(context.store), ...running.map((role) => role.unready())])
    return [...(drained ? ['the process is draining'] : []), ...context.fanout.unready(), ...asked.flat()]
  }
  const drain = () => {
    drained ??= drainAll(running, context.pipeline, logger)
    return drained
  }
  const probes: Probes = { unready, metrics: context.metrics }
  const add = async (role: Promise<RunningRole>) => {
    const started = await role
    running.push(started)
    closers.add('role', () => started.close())
  }

  const has = (role: string) => options.roles.some((name) => name === role)
  const publicServers = newServers(has('gateway') ? options.gateways : has('api') ? 1 : 0, closers)
  for (const [index, server] of publicServers.entries()) {
    if (has('gateway')) await add(startGateway(context, server))
    if (has('api') && index === 0) await add(startApi(context, server, probes))
    else await serveProbes(server, probes, logger)
  }
  // Alone in its process it yields to gateways and broker: what it has not stored yet is safe in the log. But not while
  // it starts: on a busy machine the second of CPU that takes lasted 15 s, and a backlog grew.
  const onStarted = options.roles.length === 1 ? giveWay : undefined
  const storedMarks = has('persister') ? new StoredMarks() : undefined
  if (has('persister')) await add(startPersister({ ...context, storedMarks }, onStarted))
  if (has('relay')) await add((await import('../roles/relay/relay.ts')).startRelay(context))
  const [internalServer] = newServers(1, closers) as [Server]
  await startInternal(internalServer, {
    probes,
    logger,
    token: options.internalToken,
    identity: () => identityOf(context, options.roles),
    drain,
    storedMarks,
    seed: has('api') ? createSeeder(context.store, context.tokens) : undefined,
  })

  const publicUrls: string[] = []
  for (const [index, server] of publicServers.entries())
    publicUrls.push(await listen(server, options.host, options.port === 0 ? 0 : options.port + index, '--port'))
  const internalUrl = await listen(internalServer, options.internalHost, options.internalPort, '--internal-port')
  return {
    readyLine: { ready: true, pid: process.pid, roles: options.roles, publicUrls, internalUrl },
    failed: Promise.race([context.failed, ...running.map((role) => role.failed)]),
    drain,
    close: () => closers.close(),
  }
}

function newServers(count: number, closers: Closers): Server[] {
  return Array.from({ length: count }, () => {
    const server = createServer()
    closers.add('server', () => closeServer(server))
    return server
  })
}

async function serveProbes(server: Server, probes: Probes, logger: Logger): Promise<void> {
  const app = createApp(server, logger)
  probeRoutes(app, probes)
  await app.ready()
}

async function storeAnswers(store: { ping(): Promise<void> }): Promise<string[]> {
  try {
    await within(store.ping(), storePingMs)
    return []
  } catch (error) {
    return [`the store does not answer: ${error instanceof Error ? error.message : error}`]
  }
}

/** The roles first, for they stop the intake; then what was taken in. */
async function drainAll(running: readonly RunningRole[], pipeline: Pipeline, logger: Logger): Promise<void> {
  const deadline = Date.now() + drainMs
  const left = () => Math.max(1, deadline - Date.now())
  const finish = async (step: string, work: Promise<unknown>) => {
    try {
      await within(work, left())
    } catch (error) {
      logger.error({ err: error, step }, 'a step of the drain did not finish')
    }
  }
  await finish('roles', Promise.all(running.map((role) => role.drain(left()))))
  await finish('pipeline', pipeline.drain())
}
