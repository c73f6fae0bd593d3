import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errors, types } from 'cassandra-driver'
import { ChatError } from '../../../system/protocol/errors.ts'
import { asStoreError, isBeingMade } from '../../../system/stores/cassandra/errors.ts'
import type { StoreError } from '../../../system/stores/store.ts'

const { responseErrorCodes: codes } = types
const said = (code: number) => new errors.ResponseError(code, 'x')
const noHost = (reason: Error) => new errors.NoHostAvailableError({ '127.0.0.1:1': reason })

const table: readonly [name: string, error: unknown, code: StoreError['code'], effect: string, retryable: boolean][] = [
  ['write timeout', said(codes.writeTimeout), 'STORE-TIMEOUT', 'indefinite', true],
  ['read timeout, also of a Paxos round', said(codes.readTimeout), 'STORE-TIMEOUT', 'indefinite', true],
  ['Paxos decision not known', said(0x1700), 'STORE-TIMEOUT', 'indefinite', true],
  ['write failure', said(codes.writeFailure), 'STORE-FAILED', 'indefinite', true],
  ['server error', said(codes.serverError), 'STORE-FAILED', 'indefinite', true],
  ['too few replicas', said(codes.unavailableException), 'STORE-REFUSED', 'definite', true],
  ['overloaded', said(codes.overloaded), 'STORE-REFUSED', 'definite', true],
  ['no such table', said(codes.invalid), 'STORE-REFUSED', 'definite', false],
  ['not allowed', said(codes.unauthorized), 'STORE-REFUSED', 'definite', false],
  ['no answer in time', new errors.OperationTimedOutError('x', 'h'), 'STORE-TIMEOUT', 'indefinite', true],
  ['no node reached', noHost(new Error('refused')), 'STORE-UNREACHABLE', 'definite', true],
  ['no connection to prepare it on', new Error('No connection available'), 'STORE-UNREACHABLE', 'definite', true],
  ['no room on one', new errors.BusyConnectionError('127.0.0.1:1', 2_048, 1), 'STORE-UNREACHABLE', 'definite', true],
  ['wrong password', noHost(new errors.AuthenticationError('x')), 'STORE-REFUSED', 'definite', false],
  ['no such data center', new errors.ArgumentError('x'), 'STORE-UNREACHABLE', 'definite', false],
  ['broken connection', broken(), 'STORE-UNREACHABLE', 'indefinite', true],
  ['a bug in the driver', new TypeError('x'), 'STORE-FAILED', 'indefinite', false],
]

function broken(): Error {
  return Object.assign(new Error('Socket was closed'), { isSocketError: true })
}

for (const [name, error, code, effect, retryable] of table) {
  test(`CQL error "${name}" is ${code}, ${effect}, ${retryable ? 'worth a repeat' : 'for good'}`, () => {
    const mapped = asStoreError(error, 'one') as StoreError
    assert.deepEqual([mapped.code, mapped.effect, mapped.retryable], [code, effect, retryable])
    assert.equal(mapped.cause, error)
  })
}

test('a call of several statements is never surely without effect', () => {
  const mapped = asStoreError(noHost(new Error('refused')), 'several') as StoreError
  assert.equal(mapped.effect, 'indefinite')
})

test('a table that another process is making is told from other troubles of the server', () => {
  const met = 'java.lang.IllegalArgumentException: Unknown CF 085bdab0-ecd6-11f1-83a3-a719b69f6e62'
  assert.ok(isBeingMade(new errors.ResponseError(codes.serverError, met)))
  assert.ok(!isBeingMade(said(codes.serverError)))
  assert.ok(!isBeingMade(new errors.ResponseError(codes.invalid, met)))
})

test('errors of the contract pass through unchanged', () => {
  const error = new ChatError('ROOM-409', 'full')
  assert.equal(asStoreError(error, 'several'), error)
})
