import { ChatError } from '../../protocol/errors.ts'
import type { Signal } from '../../protocol/message.ts'
import type { App } from '../http/app.ts'
import { existingRoom, requireMember } from './membership.ts'
import type { ApiParts } from './parts.ts'
import * as shape from './schemas.ts'

type Change = Extract<Signal, { event: 'MEMBER' }>['change']

/** /v1/rooms/{id}/members and /leave. Each change that took effect is told to the gateways once. */
export function memberRoutes(app: App, { context, sessions, bearer, answers }: ApiParts): void {
  const { directory } = context.store
  const route = { onRequest: sessions.authenticate }
  const common = { tags: ['members'], security: bearer }
  const announce = (roomId: string, userId: string, change: Change) =>
    context.fanout.signal([{ event: 'MEMBER', roomId, userId, change }])
  const remove = async (roomId: string, userId: string, change: Change) => {
    const { removed } = await directory.removeMember(roomId, userId)
    if (removed) await announce(roomId, userId, change)
    return { removed }
  }

  app.get('/v1/rooms/:id/members', {
    ...route,
    schema: {
      ...common,
      summary: 'Members and their receipts',
      params: shape.RoomPath,
      response: answers({ 200: shape.MemberList }),
    },
    handler: async (request) => {
      await requireMember(directory, request.params.id, sessions.claims(request).userId)
      return { members: await directory.members(request.params.id) }
    },
  })
  app.post('/v1/rooms/:id/members', {
    ...route,
    schema: {
      ...common,
      summary: 'Adds a user to a group',
      params: shape.RoomPath,
      body: shape.NewMember,
      response: answers({ 200: shape.Added }),
    },
    handler: async (request) => {
      const roomId = request.params.id
      const { userId } = request.body
      await requireMember(directory, roomId, sessions.claims(request).userId)
      if ((await directory.usersByIds([userId])).length === 0)
        throw new ChatError('SYS-400', `There is no user ${userId}`)
      const { added } = await directory.addMember(roomId, userId)
      if (added) await announce(roomId, userId, 'ADDED')
      return { added }
    },
  })
  app.delete('/v1/rooms/:id/members/:userId', {
    ...route,
    schema: {
      ...common,
      summary: 'Removes a member',
      params: shape.MemberPath,
      response: answers({ 200: shape.Removed }),
    },
    handler: async (request) => {
      const { id: roomId, userId } = request.params
      const caller = sessions.claims(request).userId
      await requireMember(directory, roomId, caller)
      if (userId === caller) return remove(roomId, userId, 'LEFT')
      const { kind } = await existingRoom(directory, roomId)
      if (kind === 'direct') throw new ChatError('ROOM-409', 'Nobody can be removed from a direct room, only leave it')
      return remove(roomId, userId, 'REMOVED')
    },
  })
  app.post('/v1/rooms/:id/leave', {
    ...route,
    schema: { ...common, summary: 'Leaves a room', params: shape.RoomPath, response: answers({ 200: shape.Removed }) },
    handler: async (request) => {
      const room = await existingRoom(directory, request.params.id)
      return remove(room.id, sessions.claims(request).userId, 'LEFT')
    },
  })
}
