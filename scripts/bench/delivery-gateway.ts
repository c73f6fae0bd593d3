import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { noCache } from '../../system/caches/none.ts'
import { editions } from '../../system/editions/index.ts'
import { openMemoryFanout } from '../../system/fanouts/memory.ts'
import { StoreFirst } from '../../system/pipelines/store-first.ts'
import { startGateway } from '../../system/roles/gateway/gateway.ts'
import { createTokens } from '../../system/roles/jwt.ts'
import type { RoleContext } from '../../system/roles/role.ts'
import { SqliteStore } from '../../system/stores/sqlite/store.ts'
import { benchMessage, type DeliverySide, fleet } from './delivery-side.ts'

/** The gateway as it is: real tokens, memberships in a real store, heart-beats; messages come by the fan-out. */
export async function startGatewaySide(): Promise<DeliverySide> {
  const folder = mkdtempSync(join(tmpdir(), 'chat-bench-'))
  const store = await SqliteStore.open(join(folder, 'chat.db'))
  const fanout = openMemoryFanout()
  const context: RoleContext = {
    edition: editions.sqlite,
    nodeId: 'bench',
    store,
    log: undefined,
    fanout,
    redis: undefined,
    cache: noCache,
    pipeline: new StoreFirst({ store, fanout, lingerMs: editions.sqlite.knobs.lingerMs }),
    tokens: await createTokens(randomUUID() + randomUUID()),
    metrics: new Registry(),
    logger: pino({ level: 'silent' }),
  }
  const sockets = await seed(context)
  const server = createServer()
  const gateway = await startGateway(context, server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const next = new Array<number>(fleet.rooms).fill(1)
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`,
    sockets,
    deliver: (rooms) => fanout.publish(rooms.map((room) => benchMessage(`room-${room}`, next[room]!++))),
    close: async () => {
      await gateway.close()
      await new Promise((resolve) => server.close(resolve))
      await fanout.close()
      await store.close()
      rmSync(folder, { recursive: true })
    },
  }
}

async function seed({ store, tokens }: RoleContext): Promise<DeliverySide['sockets']> {
  const users = Array.from({ length: fleet.rooms * fleet.roomMembers }, (_, i) => ({
    id: `user-${i}`,
    login: `user-${i}`,
    email: `user-${i}@example.org`,
    nickname: `user-${i}`,
    passwordHash: '',
    createdAtMs: 0,
  }))
  const roomOf = (i: number) => `room-${Math.floor(i / fleet.roomMembers)}`
  const rooms = Array.from({ length: fleet.rooms }, (_, room) => ({
    room: { id: `room-${room}`, code: randomUUID(), kind: 'group' as const, createdAtMs: 0 },
    memberIds: users.slice(room * fleet.roomMembers, (room + 1) * fleet.roomMembers).map((user) => user.id),
  }))
  await store.directory.seed(users, rooms)
  return Promise.all(
    users.map(async (user, i) => ({
      frames: [
        `CONNECT\naccept-version:1.2\nAuthorization:Bearer ${await tokens.sign(user, 3_600_000)}\n\n\0`,
        `SUBSCRIBE\nid:0\ndestination:/topic/rooms/${roomOf(i)}\nreceipt:s\n\n\0`,
      ],
      until: 'RECEIPT',
    })),
  )
}
