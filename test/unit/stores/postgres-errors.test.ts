import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChatError } from '../../../system/protocol/errors.ts'
import {
  asStoreError,
  isConflict,
  isDatabaseThere,
  isDuplicate,
  NoAnswer,
  type Phase,
} from '../../../system/stores/postgres/errors.ts'
import type { StoreError } from '../../../system/stores/store.ts'

type Row = readonly [name: string, phase: Phase, error: unknown, ...expected: [StoreError['code'], string, boolean]]

const table: readonly Row[] = [
  ['nobody listens', 'connect', network('ECONNREFUSED'), 'STORE-UNREACHABLE', 'definite', true],
  ['no handshake in time', 'connect', new Error('timeout expired'), 'STORE-TIMEOUT', 'definite', true],
  ['too many connections', 'connect', server('53300', 'FATAL'), 'STORE-REFUSED', 'definite', true],
  ['still recovering', 'connect', server('57P03', 'FATAL'), 'STORE-REFUSED', 'definite', true],
  ['wrong password', 'connect', server('28P01', 'FATAL'), 'STORE-REFUSED', 'definite', false],
  ['broken connection', 'work', network('ECONNRESET'), 'STORE-UNREACHABLE', 'indefinite', true],
  ['ended connection', 'work', ended(), 'STORE-UNREACHABLE', 'indefinite', true],
  ['no answer in time', 'work', new NoAnswer('x'), 'STORE-TIMEOUT', 'indefinite', true],
  ['deadlock, again and again', 'work', server('40P01'), 'STORE-TIMEOUT', 'definite', true],
  ['serialization failure', 'work', server('40001'), 'STORE-TIMEOUT', 'definite', true],
  ['lock wait, again and again', 'work', server('55P03'), 'STORE-TIMEOUT', 'definite', true],
  ['statement that nobody knows the end of', 'work', server('40003'), 'STORE-FAILED', 'indefinite', true],
  ['disk full', 'work', server('53100'), 'STORE-FULL', 'definite', true],
  ['number too large', 'work', server('22003'), 'STORE-REFUSED', 'definite', false],
  ['read-only replica', 'work', server('25006'), 'STORE-REFUSED', 'definite', true],
  ['the server ends, perhaps after the commit', 'work', server('57P01', 'FATAL'), 'STORE-REFUSED', 'indefinite', true],
  ['a state nobody listed', 'work', server('XX001'), 'STORE-FAILED', 'definite', true],
  ['any answer to a commit', 'commit', server('53100'), 'STORE-FULL', 'indefinite', true],
  ['a bug in the driver', 'work', new TypeError('x'), 'STORE-FAILED', 'indefinite', false],
]

function server(code: string, severity = 'ERROR') {
  return Object.assign(new Error('x'), { code, severity })
}

function network(code: string) {
  return Object.assign(new Error('x'), { code })
}

function ended() {
  return new Error('Connection terminated unexpectedly')
}

for (const [name, phase, error, code, effect, retryable] of table) {
  test(`PostgreSQL error "${name}" is ${code}, ${effect}, ${retryable ? 'worth a repeat' : 'for good'}`, () => {
    const mapped = asStoreError(error, phase) as StoreError
    assert.deepEqual([mapped.code, mapped.effect, mapped.retryable], [code, effect, retryable])
    assert.equal(mapped.cause, error)
  })
}

test('a refused connection to several addresses is named by its code, for its message is empty', () => {
  const error = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' })
  assert.match(asStoreError(error, 'connect').message, /ECONNREFUSED/)
})

test('conflicts, duplicates and a database that is there are told apart by the state alone', () => {
  const states = ['40P01', '40001', '55P03', '23505', '42P04', '53100']
  const each = states.map((state) => server(state))
  assert.deepEqual(each.map(isConflict), [true, true, true, false, false, false])
  assert.deepEqual(each.map(isDuplicate), [false, false, false, true, false, false])
  assert.deepEqual(each.map(isDatabaseThere), [false, false, false, true, true, false])
  assert.equal(isConflict(network('40001')), false)
})

test('errors of the contract pass through unchanged', () => {
  const error = new ChatError('ROOM-409', 'full')
  assert.equal(asStoreError(error, 'work'), error)
})
