import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { errorCodes } from '../../../system/protocol/errors.ts'
import { StoreError } from '../../../system/stores/store.ts'
import { startTestApi, type TestApi } from '../../support/system/api.ts'

describe('requests that cannot be served', () => {
  let api: TestApi
  before(async () => {
    api = await startTestApi()
  })
  after(() => api.close())

  test('get every problem of a body at once', async () => {
    const { status, body } = await api.call('POST', '/v1/auth/signup', {
      body: { login: '', email: 7, nickname: 'a\u0000', age: 3 },
    })
    assert.deepEqual([status, body.code, body.retryable], [400, 'SYS-400', false])
    for (const part of ['password', 'body.login', 'body.email', 'body.nickname', '"age"'])
      assert.ok(body.message.includes(part), part)
  })

  test('are not bent into shape: a number is no text', async () => {
    const user = { login: 'num', email: 'num@example.org', nickname: 'num', password: 1234567890 }
    const { status, body } = await api.call('POST', '/v1/auth/signup', { body: user })
    assert.equal(status, 400)
    assert.match(body.message, /One problem: body.password must be string/)
  })

  test('are answered with a code, whatever is wrong', async () => {
    const asked: [string, string, unknown, number, string][] = [
      ['POST', '/v1/auth/login', '{"login":', 400, 'SYS-400'],
      ['POST', '/v1/auth/login', '', 400, 'SYS-400'],
      ['POST', '/v1/auth/login', 'null', 400, 'SYS-400'],
      ['GET', '/v1/nothing?token=hunter2', undefined, 404, 'SYS-404'],
      ['PATCH', '/v1/rooms', undefined, 404, 'SYS-404'],
      ['GET', '/v1/users/%ff', undefined, 400, 'SYS-400'],
      ['POST', '/v1/auth/login', { login: 'x'.repeat(70_000), password: 'x' }, 413, 'MSG-413'],
    ]
    for (const [method, path, body, status, code] of asked) {
      const answer = await api.call(method, path, { body })
      assert.deepEqual([answer.status, answer.body.code], [status, code], `${method} ${path} ${answer.body.message}`)
      assert.equal(answer.body.retryable, errorCodes[code as keyof typeof errorCodes].retryable)
      assert.ok(!answer.body.message.includes('hunter2'))
    }
  })

  test('get SYS-503 with a retry when the store is away, and its text stays inside', async () => {
    const { access } = await api.newUser('ann')
    const { directory } = api.context.store
    const known = directory.usersByIds
    directory.usersByIds = () =>
      Promise.reject(
        new StoreError('STORE-UNREACHABLE', 'mongodb://secret@host is down', { effect: 'definite', retryable: true }),
      )
    try {
      const answer = await api.call('GET', '/v1/users/me', { token: access })
      assert.deepEqual([answer.status, answer.body.code, answer.body.retryable], [503, 'SYS-503', true])
      assert.equal(answer.headers.get('retry-after'), '1')
      assert.ok(!answer.body.message.includes('mongodb'))
    } finally {
      directory.usersByIds = known
    }
  })
})

test('a draining API answers what it took, then SYS-503, and stays alive for the probes', async () => {
  const api = await startTestApi()
  try {
    const { access } = await api.newUser('ann')
    const { directory } = api.context.store
    const known = directory.usersByIds
    const asked = Promise.withResolvers<void>()
    const answer = Promise.withResolvers<void>()
    directory.usersByIds = async (ids) => {
      asked.resolve()
      await answer.promise
      return known(ids)
    }
    const taken = api.call('GET', '/v1/users/me', { token: access })
    await asked.promise
    let drained = false
    const draining = api.drain().then(() => {
      drained = true
    })
    const late = await api.call('GET', '/v1/users/me', { token: access })
    assert.deepEqual([late.status, late.body.code, drained], [503, 'SYS-503', false])
    assert.equal((await api.call('GET', '/healthz')).status, 200)
    answer.resolve()
    assert.equal((await taken).status, 200)
    await draining
  } finally {
    await api.close()
  }
})
