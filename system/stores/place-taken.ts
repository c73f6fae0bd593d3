import { StoreError } from './store.ts'

/** Another message is stored where this one belongs. `indefinite`: others of its batch may have been stored. */
export function placeTaken(roomId: string, seq: number, effect: StoreError['effect'] = 'indefinite'): StoreError {
  return new StoreError(
    'STORE-FAILED',
    `Another message is stored as (${roomId}, ${seq}): two logs gave the same place; check the log epochs of this store.`,
    { effect, retryable: false },
  )
}
