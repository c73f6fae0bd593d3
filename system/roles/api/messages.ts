import { monotonicFactory } from 'ulid'
import { sendPayload } from '../../chat/send-payload.ts'
import type { Accepted } from '../../pipelines/pipeline.ts'
import { ChatError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import type { Draft } from '../../protocol/message.ts'
import { messageBody } from '../../protocol/message-json.ts'
import type { App } from '../http/app.ts'
import type { RoleContext } from '../role.ts'
import type { ApiParts } from './api.ts'
import { requireMember } from './membership.ts'
import * as shape from './schemas.ts'
import { SendRates } from './send-rates.ts'

const nextMessageId = monotonicFactory()

/** /v1/rooms/{id}/messages and /receipts: history, resume, and sending without a socket. */
export function messageRoutes(app: App, { context, metrics, sessions, bearer, answers }: ApiParts): void {
  const { store, fanout } = context
  const rates = new SendRates(context.edition.knobs)
  const route = { onRequest: sessions.authenticate }
  const common = { tags: ['messages'], security: bearer, params: shape.RoomPath }
  app.get('/v1/rooms/:id/messages', {
    ...route,
    schema: {
      ...common,
      summary: 'History: newest first `before` a seq, or oldest first `after` one',
      description:
        'A client that reconnects subscribes first and then asks `after` the last seq it has, until no `nextAfter` comes.',
      querystring: shape.HistoryPage,
      response: answers({ 200: shape.History }),
    },
    handler: async (request) => {
      const roomId = request.params.id
      const { before, after, limit = limits.defaultPageRows } = request.query
      if (before !== undefined && after !== undefined)
        throw new ChatError('SYS-400', 'Ask for messages `before` a seq or `after` one, not for both')
      await requireMember(store.directory, roomId, sessions.claims(request).userId)
      const rows =
        after === undefined
          ? await store.readBefore(roomId, before, limit)
          : await store.readAfter(roomId, after, limit)
      const next = rows.length === limit ? rows.at(-1)?.seq : undefined
      const messages = rows.map(messageBody)
      return after === undefined ? { messages, nextBefore: next } : { messages, nextAfter: next }
    },
  })
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
      const raised = await store.directory.raiseReceipt(roomId, userId, kind, uptoSeq)
      if (raised) await fanout.signal([{ event: 'RECEIPT', roomId, userId, kind, uptoSeq }])
      return { raised }
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
