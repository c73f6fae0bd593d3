import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createAccounts } from '../../../system/roles/api/accounts.ts'
import { startTestApi, type TestApi } from '../../support/system/api.ts'

describe('accounts over REST', () => {
  let api: TestApi
  /** Signed up and in over REST once: hashing a password takes long by design. */
  let mina: { id: string; access: string; refresh: string }
  let jun: { id: string }
  before(async () => {
    api = await startTestApi()
    mina = await api.signUp('mina')
    jun = await api.newUser('jun')
  })
  const logIn = async () => {
    const { body } = await api.call('POST', '/v1/auth/login', { body: { login: 'jun', password: 'password of jun' } })
    return body as { access: string; refresh: string }
  }
  after(() => api.close())

  test('a new user logs in and is who the token says', async () => {
    const { id, access } = mina
    const me = await api.call('GET', '/v1/users/me', { token: access })
    assert.deepEqual(me.body, { id, login: 'mina', email: 'mina@example.org', nickname: 'nick mina' })
    const checked = await api.call('GET', '/v1/auth/check', { token: access })
    assert.deepEqual([checked.status, checked.body.userId, checked.body.nickname], [200, id, 'nick mina'])
    const lifetimeMs = checked.body.expiresAtMs - Date.now()
    assert.ok(lifetimeMs > 3_500_000 && lifetimeMs <= 3_601_000, `an access token lives an hour, not ${lifetimeMs} ms`)
  })

  test('a taken login, e-mail or nickname is AUTH-409', async () => {
    const free = { login: 'jin', email: 'jin@example.org', nickname: 'Jin', password: 'long enough' }
    for (const taken of [{ login: 'mina' }, { email: 'mina@example.org' }, { nickname: 'nick mina' }]) {
      const { status, body } = await api.call('POST', '/v1/auth/signup', { body: { ...free, ...taken } })
      assert.deepEqual([status, body.code, body.retryable], [409, 'AUTH-409', false], Object.keys(taken)[0])
    }
  })

  test('an unknown login and a wrong password get the same answer', async () => {
    const wrong = await api.call('POST', '/v1/auth/login', { body: { login: 'jun', password: 'no' } })
    const unknown = await api.call('POST', '/v1/auth/login', { body: { login: 'nobody', password: 'no' } })
    assert.deepEqual([wrong.status, wrong.body.code], [401, 'AUTH-401'])
    assert.deepEqual([unknown.status, unknown.body], [wrong.status, wrong.body])
  })

  test('a refresh token gives a new pair once', async () => {
    const first = await logIn()
    const second = await api.call('POST', '/v1/auth/refresh', { body: { refresh: first.refresh } })
    assert.equal(second.status, 200)
    assert.equal((await api.call('GET', '/v1/users/me', { token: second.body.access })).body.id, jun.id)
    const spent = await api.call('POST', '/v1/auth/refresh', { body: { refresh: first.refresh } })
    assert.deepEqual([spent.status, spent.body.code], [401, 'AUTH-401'])
    assert.equal((await api.call('POST', '/v1/auth/refresh', { body: { refresh: second.body.refresh } })).status, 200)
  })

  test('after sign-out the refresh token is refused', async () => {
    const { refresh } = await logIn()
    assert.equal((await api.call('POST', '/v1/auth/logout', { body: { refresh } })).status, 204)
    assert.equal((await api.call('POST', '/v1/auth/refresh', { body: { refresh } })).status, 401)
  })

  test('a refresh token is good for 14 days', async () => {
    const { store, tokens } = api.context
    const day = 24 * 3_600_000
    let now = Date.now()
    const accounts = createAccounts(store.directory, tokens, () => now)
    const early = await accounts.logIn('jun', 'password of jun')
    const late = await accounts.refresh((await logIn()).refresh)
    now += 14 * day - 1_000
    await accounts.refresh(early.refresh)
    now += 2_000
    await assert.rejects(accounts.refresh(late.refresh), { code: 'AUTH-401' })
  })

  test('no token is AUTH-401, an expired one AUTH-419', async () => {
    const none = await api.call('GET', '/v1/users/me')
    assert.deepEqual([none.status, none.body.code], [401, 'AUTH-401'])
    const expired = await api.context.tokens.sign({ id: 'x', nickname: 'x' }, -5_000)
    const answer = await api.call('GET', '/v1/users/me', { token: expired })
    assert.deepEqual([answer.status, answer.body.code, answer.body.retryable], [401, 'AUTH-419', true])
  })

  test('profiles show id and nickname of those who exist, nothing else', async () => {
    const { id, access } = await api.newUser('duri')
    const answer = await api.call('GET', `/v1/users?ids=${id},nobody,${id}`, { token: access })
    assert.deepEqual(answer.body, { users: [{ id, nickname: 'nick duri' }] })
  })

  test('neither password, token nor hash is ever logged', async () => {
    const { access, refresh } = mina
    await api.call('GET', '/v1/users/me', { token: `${access}x` })
    api.context.logger.error({
      password: 'secret-1',
      user: { passwordHash: 'secret-2' },
      req: { headers: { authorization: 'secret-3' } },
    })
    for (const secret of ['password of mina', access, refresh, 'scrypt$', 'secret-'])
      assert.ok(!api.logged().includes(secret), secret)
  })
})
