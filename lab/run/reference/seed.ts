import type { Fleet } from '../../../scenarios/plan.ts'
import type { Crowd } from '../target.ts'

/** Creates users, rooms, memberships and history through a process with the role api. Rejects with what it answers. */
export async function seedThrough(
  post: (path: string, body: object) => Promise<Response>,
  { users, rooms, history, tokenLifetimeMs }: Crowd,
): Promise<Fleet> {
  const answer = await post('/internal/seed', {
    users: Array.from({ length: users }, (_, i) => ({ login: `user${i}`, nickname: `User ${i}` })),
    rooms: rooms.map((members, i) => ({ name: `Room ${i}`, members })),
    history,
    tokenLifetimeMs,
  })
  if (!answer.ok) throw new Error(`POST /internal/seed answered ${answer.status}: ${await answer.text()}`)
  const seeded = (await answer.json()) as {
    users: { id: string; token: string }[]
    rooms: { id: string; lastSeq: number }[]
  }
  const toRoom = ({ id, lastSeq }: { id: string; lastSeq: number }, i: number) => ({
    id,
    members: [...rooms[i]!],
    historySeq: lastSeq,
  })
  return { users: seeded.users, rooms: seeded.rooms.map(toRoom) }
}
