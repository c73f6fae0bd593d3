import assert from 'node:assert/strict'
import type { LoggedRecord, LogRecord } from '../log.ts'

/** Collects records and resolves waits when enough are there. */
export class Inbox {
  readonly records: LoggedRecord[] = []
  #check: () => void = () => {}

  readonly take = (batch: readonly LoggedRecord[]): void => {
    this.records.push(...batch)
    this.#check()
  }

  readonly takeAsync = async (batch: readonly LoggedRecord[]): Promise<void> => this.take(batch)

  until(count: number): Promise<void> {
    return this.#when(() => this.records.length >= count)
  }

  /** Waits for so many different values: at-least-once reading may repeat some. */
  untilTexts(count: number): Promise<void> {
    return this.#when(() => new Set(this.records.map(textOf)).size >= count)
  }

  /** Each partition's records are in order, without a gap or a repeat. */
  assertOrdered(): void {
    const next = new Map<number, number>()
    for (const { partition, offset } of this.records) {
      assert.equal(offset, next.get(partition) ?? offset, `partition ${partition}`)
      next.set(partition, offset + 1)
    }
  }

  async #when(holds: () => boolean): Promise<void> {
    if (holds()) return
    await new Promise<void>((resolve) => {
      this.#check = () => holds() && resolve()
    })
  }
}

export function record(key: string, text: string): LogRecord {
  return { key, value: Buffer.from(text) }
}

export function records(key: string, count: number): LogRecord[] {
  return Array.from({ length: count }, (_, index) => record(key, `${index}`))
}

export function textOf({ value }: { readonly value: Uint8Array }): string {
  return Buffer.from(value).toString()
}

export function placeOf({ partition, offset }: { readonly partition: number; readonly offset: number }): string {
  return `${partition}/${offset}`
}

export function placesOf(found: readonly LoggedRecord[]) {
  return found.map(({ partition, offset }) => ({ partition, offset }))
}
