import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { ChatMessage } from '../../protocol/message.ts'
import type { Store } from '../../stores/store.ts'
import type { RoomFeed } from './feed.ts'

export interface RepairParts {
  readonly store: Pick<Store, 'readAfter' | 'lastSeqs'>
  /** For every room, a seq that everything in the log now stays below or at. */
  readonly logEnd: () => Promise<(roomId: string) => number>
  /** Whether the store has caught up with the log as it was at the call; takes up to two seconds. */
  readonly caughtUp: () => Promise<boolean>
  readonly deliver: (messages: readonly ChatMessage[]) => void
  readonly logger: Logger
}

const pageRows = 500
const roomsAtOnce = 8
const roomsAsked = 500
const pauseMs = 100

/**
 * Fills what rooms have missed from the store. A room stays on the list until a round has read it while the store had
 * everything that was in the log when the round began.
 */
export class Repairs {
  readonly #parts: RepairParts
  #wanted = new Map<string, RoomFeed>()
  /** In the round under way. */
  #current = new Map<string, RoomFeed>()
  #running = false
  #closed = false
  #trouble: string | undefined

  constructor(parts: RepairParts) {
    this.#parts = parts
  }

  want(roomId: string, feed: RoomFeed): void {
    this.#wanted.set(roomId, feed)
    if (this.#running) return
    this.#running = true
    void this.#run().finally(() => {
      this.#running = false
    })
  }

  /** Whether the room is on the list for a round to come. */
  isWanted(roomId: string): boolean {
    return this.#wanted.has(roomId)
  }

  /** Nobody follows the room any more: whoever follows it next has a feed of its own. */
  forget(roomId: string): void {
    this.#wanted.delete(roomId)
    this.#current.delete(roomId)
  }

  reasons(): string[] {
    const rooms = new Set([...this.#wanted.keys(), ...this.#current.keys()]).size
    if (rooms === 0) return []
    return [`fan-out: ${rooms} rooms wait for what they missed${this.#trouble ? `: ${this.#trouble}` : ''}`]
  }

  close(): void {
    this.#closed = true
    this.#wanted.clear()
    this.#current.clear()
  }

  async #run(): Promise<void> {
    while (this.#wanted.size > 0 && !this.#closed) {
      // What comes onto the list from now on is for the next round: this one's end of the log may be below it.
      this.#current = this.#wanted
      this.#wanted = new Map()
      const whole = await this.#round(this.#current)
      if (!whole) for (const [roomId, feed] of this.#current) this.#wanted.set(roomId, feed)
      this.#current = new Map()
      if (!whole && !this.#closed) await sleep(pauseMs)
    }
  }

  /** True when every room of it is whole up to where the log was. */
  async #round(rooms: ReadonlyMap<string, RoomFeed>): Promise<boolean> {
    const { logEnd, caughtUp, store, logger } = this.#parts
    try {
      const endOf = await logEnd()
      const whole = await caughtUp()
      const open = [...rooms].filter(([, feed]) => feed.wholeSeq !== undefined)
      for (let first = 0; first < open.length; first += roomsAsked) {
        const some = open.slice(first, first + roomsAsked)
        const lastSeqs = await store.lastSeqs(some.map(([roomId]) => ({ roomId, belowSeq: Number.MAX_SAFE_INTEGER })))
        const left = some.entries()
        const work = async () => {
          for (const [i, [roomId, feed]] of left) {
            await this.#repair(roomId, feed, lastSeqs[i] ?? 0, whole ? endOf(roomId) : undefined)
          }
        }
        await Promise.all(Array.from({ length: roomsAtOnce }, work))
      }
      this.#trouble = whole ? undefined : 'the store is behind the log'
      if (whole) logger.info({ rooms: rooms.size }, 'rooms have what they missed')
      return whole && open.length === rooms.size
    } catch (error) {
      this.#trouble = error instanceof Error ? error.message : String(error)
      return false
    }
  }

  async #repair(roomId: string, feed: RoomFeed, storedSeq: number, coveredSeq: number | undefined): Promise<void> {
    const rows: ChatMessage[] = []
    let afterSeq = feed.wholeSeq ?? 0
    while (afterSeq < storedSeq) {
      const page = await this.#parts.store.readAfter(roomId, afterSeq, pageRows)
      rows.push(...page)
      if (page.length < pageRows) break
      afterSeq = page.at(-1)!.seq
    }
    if (this.#current.get(roomId) !== feed) return
    const messages = feed.repair(rows, coveredSeq)
    if (messages.length > 0) this.#parts.deliver(messages)
    if (feed.gapped && !this.#wanted.has(roomId)) this.#wanted.set(roomId, feed)
  }
}
