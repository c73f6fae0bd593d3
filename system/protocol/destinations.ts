/** Destinations of the socket (STOMP SUBSCRIBE and SEND), read without regular expressions: each SEND asks. */

export const userQueues = ['/user/queue/acks', '/user/queue/errors', '/user/queue/notices'] as const
export type UserQueue = (typeof userQueues)[number]

export const roomActions = ['send', 'enter', 'leave', 'typing', 'receipt'] as const
export type RoomAction = (typeof roomActions)[number]

export type SubscribeTarget =
  | { readonly kind: 'room'; readonly roomId: string }
  | { readonly kind: 'queue'; readonly queue: UserQueue }
export type SendTarget =
  | { readonly kind: 'room'; readonly action: RoomAction; readonly roomId: string }
  | { readonly kind: 'presence' }

const topic = '/topic/rooms/'
const app = '/app/rooms/'
const actionNames = new Set<string>(roomActions)
const queueNames = new Set<string>(userQueues)
const longestRoomId = 64

export function topicOfRoom(roomId: string): string {
  return topic + roomId
}

/** Undefined when nobody can subscribe there. */
export function subscribeTarget(destination: string): SubscribeTarget | undefined {
  if (destination.startsWith(topic)) {
    const roomId = destination.slice(topic.length)
    return isRoomId(roomId) && !roomId.includes('/') ? { kind: 'room', roomId } : undefined
  }
  return queueNames.has(destination) ? { kind: 'queue', queue: destination as UserQueue } : undefined
}

/** Undefined when nothing is behind the destination. */
export function sendTarget(destination: string): SendTarget | undefined {
  if (destination.startsWith(app)) {
    const slash = destination.indexOf('/', app.length)
    if (slash === -1) return undefined
    const roomId = destination.slice(app.length, slash)
    const action = destination.slice(slash + 1)
    return isRoomId(roomId) && actionNames.has(action)
      ? { kind: 'room', action: action as RoomAction, roomId }
      : undefined
  }
  return destination === '/app/presence/heartbeat' ? { kind: 'presence' } : undefined
}

function isRoomId(text: string): boolean {
  return text.length > 0 && text.length <= longestRoomId
}
