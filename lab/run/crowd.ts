import type { ResolvedRun } from './resolved.ts'
import type { Crowd } from './target.ts'

/** Every user in exactly one room; `users` is a multiple of `roomSize`. */
export function crowdOf(
  { users, roomSize, history, bodyBytes }: Pick<ResolvedRun, 'users' | 'roomSize' | 'history' | 'bodyBytes'>,
  tokenLifetimeMs: number,
): Crowd {
  const rooms = Array.from({ length: Math.floor(users / roomSize) }, (_, room) =>
    Array.from({ length: roomSize }, (_, seat) => room * roomSize + seat),
  )
  return { users, rooms, history: { messages: history, bodyBytes }, tokenLifetimeMs }
}
