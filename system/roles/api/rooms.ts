import { randomUUID } from 'node:crypto'
import { monotonicFactory } from 'ulid'
import { ChatError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import type { Room } from '../../stores/directory.ts'
import type { App } from '../http/app.ts'
import { existingRoom, requireMember } from './membership.ts'
import type { ApiParts } from './parts.ts'
import * as shape from './schemas.ts'

const nextRoomId = monotonicFactory()

/** /v1/rooms: making, finding and joining rooms. */
export function roomRoutes(app: App, { context, sessions, bearer, answers }: ApiParts): void {
  const { directory } = context.store
  const route = { onRequest: sessions.authenticate }
  const common = { tags: ['rooms'], security: bearer }
  app.post('/v1/rooms', {
    ...route,
    bodyLimit: 70 * limits.roomMembers,
    schema: {
      ...common,
      summary: 'Makes a room',
      description: 'A pair has one direct room: asked for again, it comes with 200, and who had left it is back.',
      body: shape.NewRoom,
      response: answers({ 200: shape.RoomView, 201: shape.RoomView }),
    },
    handler: async (request, reply) => {
      const { userId } = sessions.claims(request)
      const { kind, name, memberIds } = request.body
      const everyone = [...new Set([userId, ...memberIds])]
      await checkMembers(directory, kind, everyone)
      const room: Room = { id: nextRoomId(), code: randomUUID(), kind, name, createdAtMs: Date.now() }
      const { room: made, returned } = await directory.createRoom(room, everyone)
      if (made.id !== room.id) {
        await context.fanout.signal(
          returned.map((id) => ({ event: 'MEMBER', roomId: made.id, userId: id, change: 'ADDED' })),
        )
        return reply.code(200).send(made)
      }
      await context.fanout.signal([{ event: 'ROOM', roomId: made.id, change: 'CREATED', userId }])
      return reply.code(201).send(made)
    },
  })
  app.get('/v1/rooms', {
    ...route,
    schema: {
      ...common,
      summary: "The caller's rooms, that with the newest message first",
      querystring: shape.RoomPage,
      response: answers({ 200: shape.RoomList }),
    },
    handler: async (request) => {
      const { limit = limits.defaultPageRows, cursor } = request.query
      return directory.roomsOf(sessions.claims(request).userId, { limit, cursor })
    },
  })
  app.post('/v1/rooms/join', {
    ...route,
    schema: {
      ...common,
      summary: 'Joins a room by its code',
      body: shape.RoomCode,
      response: answers({ 200: shape.Joined }),
    },
    handler: async (request) => {
      const { userId } = sessions.claims(request)
      const room = await directory.roomByCode(request.body.code)
      if (!room) throw new ChatError('ROOM-404', 'No room has this code')
      const { added } = await directory.addMember(room.id, userId)
      if (added) await context.fanout.signal([{ event: 'MEMBER', roomId: room.id, userId, change: 'ADDED' }])
      return { room, added }
    },
  })
  app.get('/v1/rooms/:id', {
    ...route,
    schema: { ...common, summary: 'One room', params: shape.RoomPath, response: answers({ 200: shape.RoomView }) },
    handler: async (request) => {
      const room = await existingRoom(directory, request.params.id)
      await requireMember(directory, room.id, sessions.claims(request).userId)
      return room
    },
  })
}

async function checkMembers(
  directory: ApiParts['context']['store']['directory'],
  kind: Room['kind'],
  userIds: readonly string[],
): Promise<void> {
  if (kind === 'direct' && userIds.length !== 2)
    throw new ChatError('ROOM-409', `A direct room has exactly two members; this one would have ${userIds.length}`)
  if (userIds.length > limits.roomMembers)
    throw new ChatError(
      'ROOM-409',
      `A room has at most ${limits.roomMembers} members; this one would have ${userIds.length}`,
    )
  const known = new Set((await directory.usersByIds(userIds)).map(({ id }) => id))
  const unknown = userIds.filter((id) => !known.has(id))
  if (unknown.length > 0)
    throw new ChatError('SYS-400', `Unknown users among the members: ${unknown.slice(0, 20).join(', ')}`)
}
