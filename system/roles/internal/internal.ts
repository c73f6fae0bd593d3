import { createHash, timingSafeEqual } from 'node:crypto'
import type { Server } from 'node:http'
import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import type { StoredMarks } from '../../chat/stored-marks.ts'
import { ChatError } from '../../protocol/errors.ts'
import type { EngineIdentity } from '../../protocol/identity.ts'
import { bearerToken } from '../api/session.ts'
import { type App, createApp } from '../http/app.ts'
import { type Probes, probeRoutes } from '../http/probes.ts'
import { SeedAnswer, SeedRequest } from './seed.ts'

/** What a process says of itself to the lab: enough to know what was measured. */
export interface ProcessIdentity {
  readonly edition: string
  readonly pipeline: string
  readonly fanout: string
  readonly roles: readonly string[]
  readonly nodeId: string
  readonly store: { readonly engine: EngineIdentity; readonly schemaVersion: number; readonly durability: string }
  readonly log: { readonly engine: EngineIdentity; readonly durability: string } | null
  readonly knobs: Readonly<Record<string, unknown>>
  readonly limits: Readonly<Record<string, unknown>>
}

export interface InternalParts {
  readonly probes: Probes
  readonly logger: Logger
  /** The bearer token of everything but the probes. */
  readonly token: string
  identity(): Promise<ProcessIdentity>
  /** Resolves when the process has drained; it stays up. */
  drain(): Promise<void>
  /** Missing where the process has no persister. */
  readonly storedMarks?: StoredMarks
  /** Missing where the process has no API role. */
  readonly seed?: (request: SeedRequest) => Promise<SeedAnswer>
}

/** 10,000 users in rooms of any size are a few MB. */
const seedBodyBytes = 64 * 1024 * 1024

const MarksFrom = Type.Object({ from: Type.Integer({ minimum: 0 }) }, { additionalProperties: false })
const MarksAnswer = Type.Object({
  marks: Type.Array(Type.Tuple([Type.Number(), Type.Number()])),
  next: Type.Integer(),
})

/** The operations server of a process, on a server that the caller binds to loopback and closes. */
export async function startInternal(server: Server, parts: InternalParts): Promise<App> {
  const app = createApp(server, parts.logger.child({ role: 'internal' }))
  probeRoutes(app, parts.probes)
  const onRequest = async (request: FastifyRequest) => {
    if (!sameText(bearerToken(request), parts.token))
      throw new ChatError('AUTH-401', 'Send `Authorization: Bearer <CHAT_INTERNAL_TOKEN>` of this process')
  }
  app.get('/identity', { onRequest, handler: async () => parts.identity() })
  app.post('/admin/drain', {
    onRequest,
    schema: { response: { 200: Type.Object({ drained: Type.Literal(true) }) } },
    handler: async () => {
      await parts.drain()
      return { drained: true as const }
    },
  })
  const { seed, storedMarks } = parts
  if (storedMarks)
    app.get('/internal/stored-marks', {
      onRequest,
      schema: { querystring: MarksFrom, response: { 200: MarksAnswer } },
      handler: async ({ query }) => storedMarks.since(query.from),
    })
  if (seed)
    app.post('/internal/seed', {
      onRequest,
      bodyLimit: seedBodyBytes,
      schema: { body: SeedRequest, response: { 200: SeedAnswer } },
      handler: async ({ body }) => seed(body),
    })
  await app.ready()
  return app
}

/** Compares digests, which have one length: neither content nor length shows in the time it takes. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
