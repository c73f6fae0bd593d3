import type { ChatMessage } from '../../system/protocol/message.ts'
import type { KillableStore } from '../../system/stores/conformance.ts'
import { StoreError } from '../../system/stores/store.ts'

/** What is done with the rows of an engine in memory: each may be late, lost or doubled. */
export interface Fates {
  /** Batches that are acknowledged before they are kept. */
  readonly behindBatches: number
  /** Whether the writes that a kill meets leave half of their batch. */
  readonly keepsHalf: boolean
  /** Whether a message that is stored is stored again. */
  readonly storesTwice: boolean
}

const sound: Fates = { behindBatches: 0, keepsHalf: true, storesTwice: false }

export const brokenKills: readonly { readonly fault: string; readonly foundAs: RegExp; readonly plant: Fates }[] = [
  {
    fault: 'acknowledges before it is durable',
    foundAs: /acknowledged, but lost/,
    plant: { ...sound, behindBatches: 3 },
  },
  {
    fault: 'stores again what it had stored before it was killed',
    foundAs: /strictly deep-equal/,
    plant: { ...sound, storesTwice: true },
  },
]

/** A store whose engine is an array; a kill leaves what was kept and fails every call until the restart. */
export function killableInMemory(fates: Fates = sound): KillableStore {
  const kept: ChatMessage[] = []
  let behind: (readonly ChatMessage[])[] = []
  let dead = false
  const keep = (messages: readonly ChatMessage[]) => {
    for (const message of messages) {
      const known = kept.some(({ roomId, seq }) => roomId === message.roomId && seq === message.seq)
      if (!known || fates.storesTwice) kept.push(message)
    }
  }
  const alive = () => {
    if (dead) throw new StoreError('STORE-UNREACHABLE', 'killed', { effect: 'indefinite', retryable: true })
  }
  return {
    store: {
      async appendMessages(messages) {
        alive()
        await new Promise(setImmediate)
        if (dead && fates.keepsHalf) keep(messages.slice(0, messages.length >> 1))
        alive()
        behind.push(messages)
        while (behind.length > fates.behindBatches) keep(behind.shift()!)
        return { refused: [] }
      },
      async readAfter(roomId, afterSeq, limit) {
        alive()
        const rows = kept.filter((row) => row.roomId === roomId && row.seq > afterSeq)
        return rows.toSorted((a, b) => a.seq - b.seq).slice(0, limit)
      },
      ping: async () => alive(),
    },
    async kill() {
      dead = true
      behind = []
    },
    async restart() {
      dead = false
    },
    dispose: async () => {},
  }
}
