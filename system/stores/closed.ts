import { StoreError } from './store.ts'

/** What every call on a closed store rejects with. */
export function storeClosed(): StoreError {
  return new StoreError('STORE-REFUSED', 'This store is closed; open it again.', {
    effect: 'definite',
    retryable: false,
  })
}
