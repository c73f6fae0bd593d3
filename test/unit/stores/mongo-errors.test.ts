import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MongoNetworkError, MongoNetworkTimeoutError, MongoServerError } from 'mongodb'
import { ChatError } from '../../../system/protocol/errors.ts'
import { asStoreError } from '../../../system/stores/mongo/errors.ts'
import type { StoreError } from '../../../system/stores/store.ts'

class PoolCleared extends MongoNetworkError {
  override get name() {
    return 'MongoPoolClearedError'
  }
}

const noSpace = 'could not extend file "base/5/19331": No space left on device'

const table: readonly [name: string, error: unknown, code: StoreError['code'], effect: string, retryable: boolean][] = [
  ['broken connection', new MongoNetworkError('x'), 'STORE-UNREACHABLE', 'indefinite', true],
  ['no answer in time', new MongoNetworkTimeoutError('x'), 'STORE-TIMEOUT', 'indefinite', true],
  ['pool cleared before the send', new PoolCleared('x'), 'STORE-TIMEOUT', 'definite', true],
  ['disk full', server(14031), 'STORE-FULL', 'indefinite', true],
  ['disk full below FerretDB', server(4293, noSpace), 'STORE-FULL', 'indefinite', true],
  ['time limit', server(50), 'STORE-TIMEOUT', 'indefinite', true],
  ['stepping down', server(189), 'STORE-REFUSED', 'indefinite', true],
  ['wrong password', server(18), 'STORE-REFUSED', 'indefinite', false],
  ['internal error of an engine whose database is away', server(1), 'STORE-FAILED', 'indefinite', true],
  ['a bug in the driver', new TypeError('x'), 'STORE-FAILED', 'indefinite', false],
]

function server(code: number, message = 'x'): MongoServerError {
  return new MongoServerError({ message, code })
}

for (const [name, error, code, effect, retryable] of table) {
  test(`MongoDB error "${name}" is ${code}, ${effect}, ${retryable ? 'worth a repeat' : 'for good'}`, () => {
    const mapped = asStoreError(error) as StoreError
    assert.deepEqual([mapped.code, mapped.effect, mapped.retryable], [code, effect, retryable])
    assert.equal(mapped.cause, error)
  })
}

test('errors of the contract pass through unchanged', () => {
  const error = new ChatError('ROOM-409', 'full')
  assert.equal(asStoreError(error), error)
})
