import type { Server } from 'node:http'
import swagger from '@fastify/swagger'
import { type App, createApp } from '../http/app.ts'
import { type Probes, probeRoutes } from '../http/probes.ts'
import type { RoleContext, RunningRole } from '../role.ts'
import { authRoutes } from './auth.ts'
import { historyRoutes } from './history.ts'
import { requestsInFlight } from './inflight.ts'
import { memberRoutes } from './members.ts'
import { messageRoutes } from './messages.ts'
import { apiMetrics } from './metrics.ts'
import type { ApiParts } from './parts.ts'
import { roomRoutes } from './rooms.ts'
import { ErrorAnswer } from './schemas.ts'
import { bearerSessions } from './session.ts'
import { userRoutes } from './users.ts'

/**
 * The REST role on the `request` event of a server that the caller binds and closes. Serves the probes as well: a
 * server has one handler of requests.
 */
export async function startApi(context: RoleContext, server: Server, probes: Probes): Promise<RunningRole> {
  const app = createApp(server, context.logger.child({ role: 'api' }))
  await describe(app)
  const requests = requestsInFlight(app)
  const parts: ApiParts = {
    context,
    metrics: apiMetrics(app, context.metrics),
    sessions: bearerSessions(context.tokens),
    bearer: [{ bearer: [] }],
    answers: (good) => ({ ...good, '4xx': ErrorAnswer, '5xx': ErrorAnswer }),
  }
  probeRoutes(app, probes)
  const all = [authRoutes, userRoutes, roomRoutes, memberRoutes, historyRoutes, messageRoutes]
  for (const routes of all) routes(app, parts)
  app.get('/openapi.json', { schema: { hide: true }, handler: async () => app.swagger() })
  await app.ready()
  return {
    unready: async () => [],
    drain: (deadlineMs) => requests.drain(deadlineMs),
    close: () => app.close(),
    failed: new Promise<never>(() => {}),
  }
}

async function describe(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Reference chat',
        version: '1.0.0',
        description: 'REST beside STOMP 1.2 over WebSocket at /ws (subprotocol v12.stomp).',
      },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
    },
  })
}
