import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChatError } from '../../../system/protocol/errors.ts'
import { asStoreError, isConflict, isDuplicate, NoAnswer, type Phase } from '../../../system/stores/mysql/errors.ts'
import type { StoreError } from '../../../system/stores/store.ts'

type Row = readonly [name: string, phase: Phase, error: unknown, ...expected: [StoreError['code'], string, boolean]]

const table: readonly Row[] = [
  ['nobody listens', 'connect', network('ECONNREFUSED'), 'STORE-UNREACHABLE', 'definite', true],
  ['no handshake in time', 'connect', network('ETIMEDOUT'), 'STORE-TIMEOUT', 'definite', true],
  ['too many connections', 'connect', server(1040), 'STORE-REFUSED', 'definite', true],
  ['wrong password', 'connect', server(1045), 'STORE-REFUSED', 'definite', false],
  ['broken connection', 'work', network('PROTOCOL_CONNECTION_LOST'), 'STORE-UNREACHABLE', 'indefinite', true],
  ['connection closed before', 'work', fatal(), 'STORE-UNREACHABLE', 'indefinite', true],
  ['no answer in time', 'work', new NoAnswer('x'), 'STORE-TIMEOUT', 'indefinite', true],
  ['deadlock, again and again', 'work', server(1213), 'STORE-TIMEOUT', 'definite', true],
  ['lock wait, again and again', 'work', server(1205), 'STORE-TIMEOUT', 'definite', true],
  ['disk full', 'work', server(1114), 'STORE-FULL', 'definite', true],
  ['value too long', 'work', server(1406), 'STORE-REFUSED', 'definite', false],
  ['read-only replica', 'work', server(1290), 'STORE-REFUSED', 'definite', true],
  ['a number nobody listed', 'work', server(1815), 'STORE-FAILED', 'definite', true],
  ['any answer to a commit', 'commit', server(1180), 'STORE-FAILED', 'indefinite', true],
  ['a bug in the driver', 'work', new TypeError('x'), 'STORE-FAILED', 'indefinite', false],
]

function server(errno: number) {
  return Object.assign(new Error('x'), { errno, sqlState: 'HY000' })
}

/** Network errors have an `errno` too, the system's: it is no number of the server. */
function network(code: string) {
  return Object.assign(new Error('x'), { code, errno: 1045 })
}

function fatal() {
  return Object.assign(new Error("Can't add new command when connection is in closed state"), { fatal: true })
}

for (const [name, phase, error, code, effect, retryable] of table) {
  test(`MySQL error "${name}" is ${code}, ${effect}, ${retryable ? 'worth a repeat' : 'for good'}`, () => {
    const mapped = asStoreError(error, phase) as StoreError
    assert.deepEqual([mapped.code, mapped.effect, mapped.retryable], [code, effect, retryable])
    assert.equal(mapped.cause, error)
  })
}

test('a refused connection to several addresses is named by its code, for its message is empty', () => {
  const error = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' })
  assert.match(asStoreError(error, 'connect').message, /ECONNREFUSED/)
})

test('only a deadlock and a lock wait are conflicts, only a key is a duplicate', () => {
  assert.deepEqual([1213, 1205, 1062, 1114].map(server).map(isConflict), [true, true, false, false])
  assert.deepEqual([1062, 1213].map(server).map(isDuplicate), [true, false])
  assert.equal(isConflict(network('ECONNRESET')), false)
})

test('errors of the contract pass through unchanged', () => {
  const error = new ChatError('ROOM-409', 'full')
  assert.equal(asStoreError(error, 'work'), error)
})
