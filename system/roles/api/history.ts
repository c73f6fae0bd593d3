import { newestPages } from '../../caches/pages.ts'
import { StoreProgress } from '../../fanouts/store-progress.ts'
import { ChatError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import { messageBody } from '../../protocol/message-json.ts'
import type { App } from '../http/app.ts'
import type { RoleContext } from '../role.ts'
import { requireMember } from './membership.ts'
import type { ApiMetrics } from './metrics.ts'
import type { ApiParts } from './parts.ts'
import * as shape from './schemas.ts'

/** GET /v1/rooms/{id}/messages: history page by page, and the resume of a client that was away. */
export function historyRoutes(app: App, { context, metrics, sessions, bearer, answers }: ApiParts): void {
  const { pageBefore, pageAfter } = pages(context, metrics)
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

function pages({ store, log, cache }: RoleContext, metrics: ApiMetrics) {
  const progress = log && new StoreProgress(log)
  const newest = newestPages(store, cache, (outcome) => metrics.cacheReads.inc({ outcome }))
  const pageBefore = async (roomId: string, before: number | undefined, limit: number) => {
    const rows = before === undefined ? await newest(roomId, limit) : await store.readBefore(roomId, before, limit)
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
