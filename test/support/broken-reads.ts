import type { ChatMessage } from '../../system/protocol/message.ts'
import { type BrokenStore, overlay } from './broken-store.ts'

const everything = 1_000_000

const brokenPages: readonly BrokenStore[] = [
  {
    fault: 'gives the last row of a page again with the next one',
    foundBy: 'pages forwards and backwards give each message once while others are appended',
    plant: (sound) => ({
      readBefore: (roomId, beforeSeq, limit) =>
        sound.readBefore(roomId, beforeSeq === undefined ? undefined : beforeSeq + 1, limit),
    }),
  },
  {
    fault: 'skips a row between two pages',
    foundBy: 'pages forwards and backwards give each message once while others are appended',
    plant: (sound) => ({
      readAfter: (roomId, afterSeq, limit) => sound.readAfter(roomId, afterSeq === 0 ? 0 : afterSeq + 1, limit),
    }),
  },
  {
    fault: 'pages by an offset from the newest message',
    foundBy: 'a walk during which messages come in between any two pages gives each message once, both ways',
    plant(sound) {
      const offsets = new Map<string, number>()
      return {
        async readBefore(roomId, beforeSeq, limit) {
          const offset = beforeSeq === undefined ? 0 : (offsets.get(roomId) ?? 0)
          offsets.set(roomId, offset + limit)
          return (await sound.readBefore(roomId, undefined, offset + limit)).slice(offset)
        },
      }
    },
  },
  {
    fault: 'pages by an offset as if the seqs of a room had no gaps',
    foundBy: 'bounds of a page need not be the place of a message',
    plant: (sound) => ({
      readAfter: async (roomId, afterSeq, limit) =>
        (await sound.readAfter(roomId, 0, everything)).slice(afterSeq, afterSeq + limit),
    }),
  },
  {
    fault: 'shows a batch of several rooms only once the next one came',
    foundBy: 'readers that follow several rooms while others write see each message once and in order',
    plant(sound) {
      let held: readonly ChatMessage[] = []
      return {
        async appendMessages(messages) {
          const before = held
          held = messages
          return sound.appendMessages(before)
        },
      }
    },
  },
  {
    fault: 'gives the row of the bound as well',
    foundBy: 'bounds of a page are exclusive and its limit holds',
    plant: (sound) => ({
      readAfter: (roomId, afterSeq, limit) => sound.readAfter(roomId, afterSeq - 1, limit),
    }),
  },
  {
    fault: 'gives one row more than was asked for',
    foundBy: 'bounds of a page are exclusive and its limit holds',
    plant: (sound) => ({
      readBefore: (roomId, beforeSeq, limit) => sound.readBefore(roomId, beforeSeq, limit + 1),
    }),
  },
  {
    fault: 'knows no last seq of a room without messages',
    foundBy: 'an empty room reads as empty, and an empty batch changes nothing',
    plant: (sound) => ({
      lastSeqs: async (positions) => (await sound.lastSeqs(positions)).map((seq) => seq || Number.NaN),
    }),
  },
  {
    fault: 'takes rooms for equal that differ in case',
    foundBy: 'rooms do not see each other, not even when one id begins with the other',
    plant: (sound) => ({
      appendMessages: (messages) =>
        sound.appendMessages(messages.map((each) => ({ ...each, roomId: each.roomId.toLowerCase() }))),
    }),
  },
  {
    fault: 'reads a room from its end for each page',
    foundBy:
      'a room of very many messages is walked whole both ways, and no page of it costs more than one of a small room',
    plant: (sound) => ({
      async readBefore(roomId, beforeSeq, limit) {
        const rows = await sound.readBefore(roomId, undefined, everything)
        return rows.filter(({ seq }) => beforeSeq === undefined || seq < beforeSeq).slice(0, limit)
      },
    }),
  },
  {
    fault: 'gives no more than the newest 2,000 messages of a room',
    foundBy:
      'a room of very many messages is walked whole both ways, and no page of it costs more than one of a small room',
    plant: (sound) => ({
      async readBefore(roomId, beforeSeq, limit) {
        const [newest] = await sound.readBefore(roomId, undefined, 1)
        const rows = await sound.readBefore(roomId, beforeSeq, limit)
        return rows.filter(({ seq }) => newest !== undefined && seq > newest.seq - 3 * 2_000)
      },
    }),
  },
]

/** The instant whose clock on the wall, where this process believes to be, shows what the clock of UTC shows now. */
function asLocalText(instant: number): number {
  return instant - new Date(instant).getTimezoneOffset() * 60_000
}

const brokenTimes: readonly BrokenStore[] = [
  {
    fault: 'keeps times as the local clock shows them',
    foundBy: 'times come back as the same instants, whatever the time zones of who writes, who reads and the engine',
    plant: (sound) => ({
      appendMessages: (messages) =>
        sound.appendMessages(messages.map((each) => ({ ...each, acceptedAtMs: asLocalText(each.acceptedAtMs) }))),
      async readAfter(roomId, afterSeq, limit) {
        const rows = await sound.readAfter(roomId, afterSeq, limit)
        return rows.map((row) => {
          const offsetMs = new Date(row.acceptedAtMs).getTimezoneOffset() * 60_000
          return { ...row, acceptedAtMs: row.acceptedAtMs + offsetMs }
        })
      },
    }),
  },
  {
    fault: 'keeps times in 32 bits of seconds and a fraction',
    foundBy: 'every field of a message comes back as it was written',
    plant: (sound) => ({
      appendMessages: (messages) =>
        sound.appendMessages(
          messages.map((each) => ({ ...each, acceptedAtMs: Math.min(each.acceptedAtMs, (2 ** 31 - 1) * 1_000) })),
        ),
    }),
  },
  {
    fault: 'keeps whole seconds',
    foundBy: 'every field of a message comes back as it was written',
    plant: (sound) => ({
      appendMessages: (messages) =>
        sound.appendMessages(
          messages.map((each) => ({ ...each, acceptedAtMs: each.acceptedAtMs - (each.acceptedAtMs % 1_000) })),
        ),
    }),
  },
  {
    fault: 'orders by the clock instead of by seq',
    foundBy: 'clocks that run backwards or apart change no order, no page and no last message',
    plant: (sound) => ({
      async readAfter(roomId, afterSeq, limit) {
        const rows = await sound.readAfter(roomId, afterSeq, limit)
        return rows.sort((a, b) => a.acceptedAtMs - b.acceptedAtMs)
      },
    }),
  },
  {
    fault: "orders by the client's clock",
    foundBy: 'clocks that run backwards or apart change no order, no page and no last message',
    plant: (sound) => ({
      async readBefore(roomId, beforeSeq, limit) {
        const rows = await sound.readBefore(roomId, beforeSeq, limit)
        return rows.sort((a, b) => (b.sentAtMs ?? 0) - (a.sentAtMs ?? 0))
      },
    }),
  },
  {
    fault: 'lists a room once for each message of its newest millisecond',
    foundBy: 'rooms whose messages are of one millisecond are listed once each, with the highest seq as the last',
    plant: (sound) => ({
      directory: overlay(sound.directory, {
        async roomsOf(userId, page) {
          const { rooms, next } = await sound.directory.roomsOf(userId, page)
          const times = await Promise.all(
            rooms.map(async ({ room, last }) => {
              const newest = await sound.readBefore(room.id, undefined, 9)
              return newest.filter(({ acceptedAtMs }) => acceptedAtMs === last?.acceptedAtMs).length || 1
            }),
          )
          return { rooms: rooms.flatMap((entry, i) => Array(times[i]!).fill(entry)), next }
        },
      }),
    }),
  },
]

const brokenDirectories: readonly BrokenStore[] = [
  {
    fault: 'takes names for equal that differ in case',
    foundBy: 'names that look alike are different names, and the longest come back whole',
    plant: (sound) => ({
      directory: overlay(sound.directory, {
        addUser: (user) => sound.directory.addUser({ ...user, nickname: user.nickname.toLowerCase() }),
      }),
    }),
  },
  {
    fault: 'lowers a receipt mark',
    foundBy: 'receipt marks only rise, also when raised at once; who is no member has none',
    plant: (sound) => ({
      directory: overlay(sound.directory, {
        async raiseReceipt(...mark) {
          await sound.directory.raiseReceipt(...mark)
          return true
        },
      }),
    }),
  },
]

export const brokenReads: readonly BrokenStore[] = [...brokenPages, ...brokenTimes, ...brokenDirectories]
