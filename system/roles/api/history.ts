import { ChatError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import { messageBody } from '../../protocol/message-json.ts'
import type { App } from '../http/app.ts'
import type { RoleContext } from '../role.ts'
import { StoreProgress } from '../store-progress.ts'
import { requireMember } from './membership.ts'
import type { ApiParts } from './parts.ts'
import * as shape from './schemas.ts'

/** GET /v1/rooms/{id}/messages: history page by page, and the resume of a client that was away. */
export function historyRoutes(app: App, { context, sessions, bearer, answers }: ApiParts): void {
  const { pageBefore, pageAfter } = pages(context)
  app.get('/v1/rooms/:id/messages', {
    onRequest: sessions.authenticate,
    schema: {
      tags: ['messages'],
      security: bearer,
      params: shape.RoomPath,
      summary: 'History: newest first `before` a seq, or oldest first `after` one',
      description:
        'A client that reconnects subscribes first, then asks `after` the last seq it has, until no `nextAfter` comes and `caughtUp` is true.',
      querystring: shape.HistoryPage,
      response: answers({ 200: shape.History }),
    },
    handler: async (request) => {
      const roomId = request.params.id
      const { before, after, limit = limits.defaultPageRows } = request.query
      if (before !== undefined && after !== undefined)
        throw new ChatError('SYS-400', 'Ask for messages `before` a seq or `after` one, not for both')
      await requireMember(context.store.directory, roomId, sessions.claims(request).userId)
      return after === undefined ? pageBefore(roomId, before, limit) : pageAfter(roomId, after, limit)
    },
  })
}

function pages({ store, log }: RoleContext) {
  const progress = log && new StoreProgress(log)
  const pageBefore = async (roomId: string, before: number | undefined, limit: number) => {
    const rows = await store.readBefore(roomId, before, limit)
    return { messages: rows.map(messageBody), nextBefore: rows.length === limit ? rows.at(-1)?.seq : undefined }
  }
  const pageAfter = async (roomId: string, after: number, limit: number) => {
    let rows = await store.readAfter(roomId, after, limit)
    let caughtUp = true
    if (rows.length < limit && progress) {
      caughtUp = await progress.caughtUp()
      rows = await store.readAfter(roomId, after, limit)
    }
    const nextAfter = rows.length === limit ? rows.at(-1)?.seq : undefined
    return { messages: rows.map(messageBody), nextAfter, caughtUp }
  }
  return { pageBefore, pageAfter }
}
