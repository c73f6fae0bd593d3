import { ChatError } from '../protocol/errors.ts'
import type { Draft } from '../protocol/message.ts'
import type { Accepted } from './pipeline.ts'

export type Done = (outcome: Accepted | ChatError) => void

/** A draft that waits for its durable step. */
export interface Waiting {
  readonly draft: Draft
  readonly done: Done
  readonly sinceMs: number
}

/** Counts drafts whose `done` was not called, and tells when there is none. */
export class Pending {
  #count = 0
  #idle: (() => void)[] = []

  get count(): number {
    return this.#count
  }

  enter(): void {
    this.#count += 1
  }

  /** Calls `done`, which by contract does not throw. */
  settle(done: Done, outcome: Accepted | ChatError): void {
    this.#count -= 1
    done(outcome)
    if (this.#count > 0) return
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  idle(): Promise<void> {
    if (this.#count === 0) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }
}

/** The error of a draft whose durable step was given up. */
export function givenUp(part: 'store' | 'log', uncertain: boolean, cause: unknown): ChatError {
  if (uncertain) {
    const text = `the ${part} did not say whether it has the message: send it again under the same clientMessageId`
    return new ChatError('SYS-504', text, { cause })
  }
  return new ChatError('SYS-503', `the ${part} does not take messages now: send it again later`, { cause })
}

export function otherRoom(roomId: string): ChatError {
  return new ChatError('MSG-409', `this clientMessageId was used in room ${roomId} before: use a new one`)
}
