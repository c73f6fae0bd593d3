import { monotonicFactory } from 'ulid'
import { sendPayload } from '../../chat/send-payload.ts'
import type { Accepted } from '../../pipelines/pipeline.ts'
import { ChatError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import type { Draft } from '../../protocol/message.ts'
import type { App } from '../http/app.ts'
import { Receipts } from '../receipts.ts'
import type { RoleContext } from '../role.ts'
import { requireMember } from './membership.ts'
import type { ApiParts } from './parts.ts'
import * as shape from './schemas.ts'
import { SendRates } from './send-rates.ts'

const nextMessageId = monotonicFactory()

/** POST /v1/rooms/{id}/messages: sending without a socket; PUT .../receipts. */
export function messageRoutes(app: App, { context, metrics, sessions, bearer, answers }: ApiParts): void {
  const { store } = context
  const receipts = new Receipts(context)
  const rates = new SendRates(context.edition.knobs)
  const route = { onRequest: sessions.authenticate }
  const common = { tags: ['messages'], security: bearer, params: shape.RoomPath }
  app.post('/v1/rooms/:id/messages', {
    ...route,
    bodyLimit: limits.frameBytes,
    schema: {
      ...common,
      summary: 'Sends a message; the answer comes when it is durable',
      body: shape.NewMessage,
      response: answers({ 201: shape.AcceptedMessage }),
    },
    handler: async (request, reply) => {
      const roomId = request.params.id
      const { userId, nickname } = sessions.claims(request)
      const payload = sendPayload(request.body)
      const { clientMessageId } = payload
      await requireMember(store.directory, roomId, userId)
      rates.take(userId)
      const draft = { id: nextMessageId(), roomId, senderId: userId, nickname, acceptedAtMs: Date.now(), ...payload }
      const { id, seq } = await accept(context, draft)
      metrics.accepted.inc()
      return reply.code(201).send({ clientMessageId, id, roomId, seq })
    },
  })
  app.put('/v1/rooms/:id/receipts', {
    ...route,
    schema: {
      ...common,
      summary: 'Marks messages delivered or read',
      body: shape.NewReceipt,
      response: answers({ 200: shape.Raised }),
    },
    handler: async (request) => {
      const roomId = request.params.id
      const { userId } = sessions.claims(request)
      const { kind, uptoSeq } = request.body
      await requireMember(store.directory, roomId, userId)
      return { raised: await receipts.raise({ roomId, userId, kind, uptoSeq }) }
    },
  })
}

function accept({ pipeline, edition }: RoleContext, draft: Draft): Promise<Accepted> {
  if (pipeline.pending >= edition.knobs.pendingHigh)
    throw new ChatError('SYS-503', 'The chat is behind with making messages durable: try again in a moment')
  return new Promise((resolve, reject) => {
    pipeline.accept(draft, (outcome) => (outcome instanceof ChatError ? reject(outcome) : resolve(outcome)))
  })
}
