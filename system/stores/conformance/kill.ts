import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ChatMessage } from '../../protocol/message.ts'
import type { Store } from '../store.ts'
import { isStoreError } from './messages.ts'
import { message, wholeRoom } from './samples.ts'

/** A store on an engine that can be killed: one store for all rounds, which outlives its engine as a persister's does. */
export interface KillableStore {
  readonly store: Pick<Store, 'appendMessages' | 'readAfter' | 'ping'>
  /** SIGKILL to every process of the engine. Resolves when they are gone. */
  kill(): Promise<void>
  /** Starts the engine again on the same data. */
  restart(): Promise<unknown>
  /** Ends the engine and deletes the data. */
  dispose(): Promise<void>
}

const rooms = ['room-1', 'room-2', 'room-3']
/** Only a kill that kills nothing lets a writer come so far. */
const mostBatches = 20_000
const patienceMs = 60_000

/**
 * Writers append, the engine is killed at some acknowledgement and started again. Each time every acknowledged
 * message must be there, nothing twice, and the batches that were under way must be welcome once more.
 *
 * Proves that an acknowledged write has left the engine's memory. It does not prove an fsync: what a dead process
 * gave to the kernel is not lost with it.
 */
export async function runKillRounds(killable: KillableStore, rounds: number): Promise<void> {
  const { store } = killable
  const writers = rooms.map((roomId) => new RoomWriter(store, roomId))
  for (let round = 1; round <= rounds; round++) {
    const killAfter = 5 + ((round * 13) % 37)
    let acknowledged = 0
    let killed: Promise<void> | undefined
    const onAcknowledged = () => {
      acknowledged += 1
      if (acknowledged === killAfter) killed = killable.kill().then(() => assert.rejects(store.ping(), isStoreError()))
    }
    await Promise.all(writers.map((writer) => writer.writeUntilRefused(onAcknowledged)))
    assert.ok(killed, 'writes failed before the engine was killed')
    await killed
    await killable.restart()
    await answer(store)
    for (const writer of writers) await writer.checkStored()
    for (const writer of writers) await writer.repeat()
  }
}

class RoomWriter {
  readonly #store: KillableStore['store']
  readonly #roomId: string
  /** Messages 1 to this are acknowledged. */
  #acknowledged = 0
  #underWay: ChatMessage[] = []

  constructor(store: KillableStore['store'], roomId: string) {
    this.#store = store
    this.#roomId = roomId
  }

  async writeUntilRefused(onAcknowledged: () => void): Promise<void> {
    for (let batch = 0; batch < mostBatches; batch++) {
      this.#underWay = this.#range(this.#acknowledged + 1, 1 + (batch % 7))
      try {
        await this.#append()
      } catch (error) {
        isStoreError(undefined, true)(error)
        return
      }
      onAcknowledged()
    }
    assert.fail('the engine went on answering after it was killed')
  }

  async checkStored(): Promise<void> {
    const rows = await wholeRoom(this.#store, this.#roomId, 200)
    assert.deepEqual(rows.slice(0, this.#acknowledged), this.#range(1, this.#acknowledged), 'acknowledged, but lost')
    const beyond = rows.slice(this.#acknowledged)
    const taken = new Set(beyond.map(({ seq }) => seq))
    const expected = this.#underWay.filter(({ seq }) => taken.has(seq))
    assert.deepEqual(beyond, expected, 'stored, but neither acknowledged nor under way')
  }

  async repeat(): Promise<void> {
    await this.#append()
    assert.deepEqual(await wholeRoom(this.#store, this.#roomId, 200), this.#range(1, this.#acknowledged))
  }

  async #append(): Promise<void> {
    const { refused } = await this.#store.appendMessages(this.#underWay)
    assert.deepEqual(refused, [])
    this.#acknowledged += this.#underWay.length
  }

  #range(from: number, count: number): ChatMessage[] {
    const roomId = this.#roomId
    return Array.from({ length: count }, (_, i) => {
      return message(from + i, { roomId, clientMessageId: `${roomId}-${from + i}` })
    })
  }
}

/** An engine that is up again may still refuse the connections of before; a persister asks until it gets an answer. */
async function answer(store: KillableStore['store']): Promise<void> {
  const untilMs = Date.now() + patienceMs
  for (;;) {
    try {
      return await store.ping()
    } catch (error) {
      isStoreError(undefined, true)(error)
      if (Date.now() > untilMs) throw error
    }
    await sleep(100)
  }
}
