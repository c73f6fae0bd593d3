import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ChatMessage } from '../../protocol/message.ts'
import { StoreError } from '../store.ts'
import type { KillableStore } from './kill.ts'
import { message, wholeRoom } from './samples.ts'

/** A store on a disk of its own that can be filled. */
export interface FillableStore extends Omit<KillableStore, 'kill'> {
  /** Leaves next to nothing free. */
  fill(): Promise<void>
  /** Gives the space back. */
  free(): Promise<void>
}

export interface FullDiskAnswers {
  /** What the first write that fails may answer: `STORE-FULL indefinite`. */
  readonly errors: readonly string[]
  /** Whether the engine goes on by itself once there is space; else it has to be started again. */
  readonly goesOn: boolean
}

const batchRows = 20
/** What a compressing engine cannot make small. */
const body = Array.from({ length: 8_000 }, (_, i) => String.fromCharCode(33 + ((i * i * 7 + i * 13) % 94))).join('')
const mostBatches = 2_000
const patienceMs = 60_000

/**
 * Writes until the disk is full, frees it and writes the refused batch once more: everything that was acknowledged
 * must be there once, and nothing else.
 */
export async function runFullDisk(fillable: FillableStore, expected: FullDiskAnswers): Promise<void> {
  const { store } = fillable
  await store.appendMessages(batch(0))
  await fillable.fill()
  let acknowledged = 1
  let refusal: StoreError | undefined
  while (refusal === undefined) {
    assert.ok(acknowledged < mostBatches, 'the engine goes on writing on a full disk')
    refusal = await refusalOf(store.appendMessages(batch(acknowledged)))
    if (refusal === undefined) acknowledged += 1
  }
  tells(refusal, expected)
  await fillable.free()
  if (!expected.goesOn) await fillable.restart()
  await untilTaken(fillable, batch(acknowledged))
  const stored = await wholeRoom(store, 'room-1', 200)
  assert.deepEqual(
    stored,
    Array.from({ length: acknowledged + 1 }, (_, k) => batch(k)).flat(),
    'everything acknowledged, once, and nothing else',
  )
}

function tells({ code, effect, retryable }: StoreError, { errors }: FullDiskAnswers): void {
  assert.ok(errors.includes(`${code} ${effect}`), `${code} ${effect} is none of ${errors.join(', ')}`)
  assert.ok(retryable, 'there may be space again')
}

async function refusalOf(write: Promise<unknown>): Promise<StoreError | undefined> {
  try {
    await write
    return undefined
  } catch (error) {
    assert.ok(error instanceof StoreError, String(error))
    return error
  }
}

/** Repeats one batch as a persister does. */
async function untilTaken({ store }: FillableStore, messages: readonly ChatMessage[]): Promise<void> {
  const untilMs = Date.now() + patienceMs
  for (;;) {
    const refusal = await refusalOf(store.appendMessages(messages))
    if (refusal === undefined) return
    if (Date.now() > untilMs) throw refusal
    await sleep(100)
  }
}

/** Batch k of one room. */
function batch(k: number): ChatMessage[] {
  return Array.from({ length: batchRows }, (_, i) => message(k * batchRows + i + 1, { body }))
}
