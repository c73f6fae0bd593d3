import type { ChatMessage } from '../../system/protocol/message.ts'
import { type Store, StoreError } from '../../system/stores/store.ts'
import type { BrokenStore } from './broken-store.ts'

type Change = (message: ChatMessage) => ChatMessage

/** Changes each message on its way in. */
function storing(change: Change): BrokenStore['plant'] {
  return (sound) => ({ appendMessages: (messages) => sound.appendMessages(messages.map(change)) })
}

/** Changes each message on its way in, its place with it, and back again on its way out. */
function storingAs(write: (message: ChatMessage, opened: number) => ChatMessage, read: Change): BrokenStore['plant'] {
  return (sound, opened) => ({
    appendMessages: (messages) => sound.appendMessages(messages.map((each) => write(each, opened))),
    async readAfter(roomId, afterSeq, limit) {
      return (await sound.readAfter(roomId, afterSeq * places + places - 1, limit)).map(read)
    },
    async readBefore(roomId, beforeSeq, limit) {
      return (await sound.readBefore(roomId, beforeSeq && beforeSeq * places, limit)).map(read)
    },
  })
}

/** Places that a driver of `storingAs` has for one seq. */
const places = 1_000

function withoutSuffix(message: ChatMessage): ChatMessage {
  const [clientMessageId] = message.clientMessageId.split('#')
  return { ...message, clientMessageId: clientMessageId!, seq: Math.floor(message.seq / places) }
}

function at(message: ChatMessage, place: number): ChatMessage {
  const clientMessageId = `${message.clientMessageId}#${message.seq}#${place}`
  return { ...message, clientMessageId, seq: message.seq * places + place }
}

const key = ({ roomId, seq }: ChatMessage) => `${roomId} ${seq}`
const identity = ({ senderId, clientMessageId }: ChatMessage) => `${senderId} ${clientMessageId}`

async function isStored(sound: Store, message: ChatMessage): Promise<boolean> {
  const [stored] = await sound.readAfter(message.roomId, message.seq - 1, 1)
  return stored?.seq === message.seq
}

/** What a driver makes of one message. */
const brokenContents: readonly BrokenStore[] = [
  {
    fault: 'cuts a body at 64 KiB',
    foundBy: 'every field of a message comes back as it was written',
    plant: storing((message) => ({ ...message, body: message.body.slice(0, 65_536) })),
  },
  {
    fault: 'drops characters of four bytes',
    foundBy: 'every field of a message comes back as it was written',
    plant: storing((message) => ({ ...message, body: message.body.replace(/[\u{10000}-\u{10ffff}]/gu, '') })),
  },
  {
    fault: 'ends a text at its first NUL',
    foundBy: 'every field of a message comes back as it was written',
    plant: storing((message) => ({ ...message, body: message.body.split('\u0000')[0]! })),
  },
  {
    fault: 'keeps texts in a normal form of Unicode',
    foundBy: 'every field of a message comes back as it was written',
    plant: storing((message) => ({ ...message, body: message.body.normalize('NFC') })),
  },
  {
    fault: 'does not keep the file of a message',
    foundBy: 'every field of a message comes back as it was written',
    plant: storing(({ fileId: _, ...message }) => message),
  },
  {
    fault: 'does not store who entered and who left',
    foundBy: 'every field of a message comes back as it was written',
    plant: (sound) => ({
      appendMessages: (messages) =>
        sound.appendMessages(messages.filter(({ type }) => type !== 'ENTER' && type !== 'LEAVE')),
    }),
  },
  {
    fault: 'cuts a nickname at 50 units of UTF-16',
    foundBy: 'names of the greatest length come back whole, of characters of one, three and four bytes',
    plant: storing((message) => ({ ...message, nickname: message.nickname.slice(0, 50) })),
  },
  {
    fault: 'takes identities for equal that differ in case',
    foundBy: 'identities with quotes, Korean and control characters, and such as look alike, are kept apart',
    plant: storing((message) => ({ ...message, clientMessageId: message.clientMessageId.toLowerCase() })),
  },
  {
    fault: 'takes all emoji for one when it compares',
    foundBy: 'identities with quotes, Korean and control characters, and such as look alike, are kept apart',
    plant: storing((message) => {
      return { ...message, clientMessageId: message.clientMessageId.replace(/[\u{10000}-\u{10ffff}]/gu, '\ufffd') }
    }),
  },
  {
    fault: 'keeps a seq as a float of 32 bits',
    foundBy: 'seq is exact and ordered as a number up to the largest safe integer',
    plant: storing((message) => ({ ...message, seq: Math.fround(message.seq) })),
  },
  {
    fault: 'reads what it was given after it said that it is done',
    foundBy: 'arguments are neither changed nor kept',
    plant: (sound) => ({
      async appendMessages(messages) {
        setImmediate(() => void sound.appendMessages(messages).catch(() => {}))
        return { refused: [] }
      },
    }),
  },
  {
    fault: 'keys a message by its room and millisecond, so that the next one of the millisecond is lost',
    foundBy: 'messages of one millisecond keep the order of their seq',
    plant(sound) {
      const taken = new Set<string>()
      return {
        appendMessages: (messages) =>
          sound.appendMessages(
            messages.filter(({ roomId, acceptedAtMs }) => {
              const place = `${roomId} ${acceptedAtMs}`
              return !taken.has(place) && taken.add(place)
            }),
          ),
      }
    },
  },
]

/** What a driver makes of batches that come again. */
const brokenRepeats: readonly BrokenStore[] = [
  {
    fault: 'has no key but its own, so that a redelivered batch is stored again',
    foundBy: 'a batch delivered twice is stored once and nothing of it is refused',
    plant(sound, opened) {
      let rows = 0
      return storingAs((message) => at(message, rows++ % places), withoutSuffix)(sound, opened)
    },
  },
  {
    fault: 'stops at the first message that is stored already and forgets those behind it',
    foundBy: 'a batch part of which was stored before adds the rest, whichever part it was and in whatever order',
    plant: (sound) => ({
      async appendMessages(messages) {
        for (const message of messages) {
          if (await isStored(sound, message)) return { refused: [] }
          await sound.appendMessages([message])
        }
        return { refused: [] }
      },
    }),
  },
  {
    fault: 'takes a batch for stored when its last message is',
    foundBy: 'a batch part of which was stored before adds the rest, whichever part it was and in whatever order',
    plant: (sound) => ({
      async appendMessages(messages) {
        const last = messages.at(-1)
        if (last && (await isStored(sound, last))) return { refused: [] }
        return sound.appendMessages(messages)
      },
    }),
  },
  {
    fault: 'writes in statements of 64 rows and loses the rest that does not fill one',
    foundBy: 'a batch of 500 of the largest messages over several rooms is stored to the last, and once when repeated',
    plant: (sound) => ({
      appendMessages: (messages) =>
        sound.appendMessages(messages.length < 64 ? messages : messages.slice(0, messages.length & ~63)),
    }),
  },
  {
    fault: 'cannot write one row twice in a statement',
    foundBy: 'a message twice in one batch is stored once',
    plant: (sound) => ({
      async appendMessages(messages) {
        if (new Set(messages.map(key)).size === messages.length) return sound.appendMessages(messages)
        throw new StoreError('STORE-FAILED', 'planted', { effect: 'definite', retryable: false })
      },
    }),
  },
  {
    fault: 'accepts a second message of one identity',
    foundBy: 'a repeated identity under another seq is listed as refused, and the rest of the batch is stored',
    plant: storingAs((message) => at(message, 0), withoutSuffix),
  },
  {
    fault: 'says that a refused message was stored',
    foundBy: 'a repeated identity under another seq is listed as refused, and the rest of the batch is stored',
    plant: (sound) => ({
      async appendMessages(messages) {
        await sound.appendMessages(messages)
        return { refused: [] }
      },
    }),
  },
  {
    fault: 'tells only once what it refused',
    foundBy: 'a batch delivered again is told of the same refused messages again',
    plant(sound) {
      const told = new Set<string>()
      return {
        async appendMessages(messages) {
          const { refused } = await sound.appendMessages(messages)
          return { refused: refused.filter((each) => !told.has(key(each)) && told.add(key(each))) }
        },
      }
    },
  },
  {
    fault: 'keeps the last of one identity in a batch',
    foundBy: 'of one identity under two seqs in one batch the first is stored',
    plant: (sound) => ({
      async appendMessages(messages) {
        const last = new Map(messages.map((message) => [identity(message), message]))
        await sound.appendMessages([...last.values()])
        return { refused: messages.filter((message) => last.get(identity(message)) !== message) }
      },
    }),
  },
  {
    fault: 'knows a message by its clientMessageId alone',
    foundBy: 'senders may use one clientMessageId',
    plant(sound) {
      const holders = new Map<string, string>()
      return {
        async appendMessages(messages) {
          for (const { clientMessageId, senderId } of messages) {
            if (!holders.has(clientMessageId)) holders.set(clientMessageId, senderId)
          }
          const own = messages.filter(({ clientMessageId, senderId }) => holders.get(clientMessageId) === senderId)
          await sound.appendMessages(own)
          return { refused: messages.filter((message) => !own.includes(message)) }
        },
      }
    },
  },
  {
    fault: 'overwrites what is stored under a taken place',
    foundBy: 'another message under a taken place is an error that no repetition cures; the first one stays',
    plant(sound) {
      const replaced = new Map<string, ChatMessage>()
      return {
        async appendMessages(messages) {
          const kept: ChatMessage[] = []
          for (const message of messages) {
            if (await isStored(sound, message)) replaced.set(key(message), message)
            else kept.push(message)
          }
          return sound.appendMessages(kept)
        },
        async readAfter(...page) {
          return (await sound.readAfter(...page)).map((row) => replaced.get(key(row)) ?? row)
        },
      }
    },
  },
]

/** What a driver makes of a second process. */
const brokenHandovers: readonly BrokenStore[] = [
  {
    fault: 'remembers what is stored in its own process only',
    foundBy: 'one batch written by two processes at once is stored once',
    plant: storingAs((message, opened) => at(message, opened), withoutSuffix),
  },
  {
    fault: 'calls refused what the other writer of the partition has stored',
    foundBy: 'while a partition changes hands each message is stored once and both writers are told the same refused',
    plant(sound) {
      const own = new Set<string>()
      return {
        async appendMessages(messages) {
          const theirs: ChatMessage[] = []
          for (const each of messages) if (!own.has(key(each)) && (await isStored(sound, each))) theirs.push(each)
          const { refused } = await sound.appendMessages(messages)
          for (const each of messages) own.add(key(each))
          return { refused: messages.filter((each) => refused.includes(each) || theirs.includes(each)) }
        },
      }
    },
  },
  {
    fault: 'takes the end of the batch it wrote last for the end of the room',
    foundBy: 'an old writer that wakes up late changes nothing of what the new one stored',
    plant(sound) {
      const ends = new Map<string, number>()
      return {
        async appendMessages(messages) {
          for (const { roomId, seq } of messages) ends.set(roomId, seq)
          return sound.appendMessages(messages)
        },
        async readAfter(roomId, afterSeq, limit) {
          const rows = await sound.readAfter(roomId, afterSeq, limit)
          return rows.filter(({ seq }) => seq <= (ends.get(roomId) ?? seq))
        },
      }
    },
  },
  {
    fault: 'acknowledges a batch before it is written',
    foundBy: 'a write is seen by another process as soon as it resolved',
    plant(sound) {
      let behind: Promise<unknown> = Promise.resolve()
      return {
        async appendMessages(messages) {
          await behind
          const copy = [...messages]
          behind = new Promise((resolve) => setImmediate(() => setImmediate(resolve))).then(() =>
            sound.appendMessages(copy),
          )
          behind.catch(() => {})
          return { refused: [] }
        },
      }
    },
  },
  {
    fault: 'counts the places of a room in its own process',
    foundBy: 'two processes that append to one room at once make one unbroken chain',
    plant(sound) {
      const last = new Map<string, number>()
      return {
        async appendDrafts(drafts) {
          const placed = drafts.map((draft) => {
            const prevSeq = last.get(draft.roomId) ?? 0
            last.set(draft.roomId, prevSeq + 1)
            return { ...draft, seq: prevSeq + 1, prevSeq }
          })
          await sound.appendMessages(placed)
          return placed.map((message) => ({ message, duplicate: false }))
        },
      }
    },
  },
]

export const brokenWrites: readonly BrokenStore[] = [...brokenContents, ...brokenRepeats, ...brokenHandovers]
