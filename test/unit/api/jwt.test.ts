import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { SignJWT, UnsecuredJWT } from 'jose'
import { ChatError } from '../../../system/protocol/errors.ts'
import { createTokens } from '../../../system/roles/jwt.ts'

const secret = 'a secret of at least thirty-two bytes'
const user = { id: '01JUSER', nickname: '지민' }
/** As fast-check's unit 'binary', without its table of all code points, which takes a second to build. */
const codePoint = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code))
const nicknames = fc.oneof(fc.string(), fc.string({ unit: codePoint }))

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof ChatError, `expected a ChatError, got ${error}`)
  return error.code
}

describe('access tokens', () => {
  test('tell who they were signed for', async () => {
    await fc.assert(
      fc.asyncProperty(nicknames, fc.integer({ min: 1000, max: 86_400_000 }), async (nickname, lifetimeMs) => {
        const tokens = await createTokens(secret, () => 1_700_000_000_000)
        const claims = await tokens.verify(await tokens.sign({ id: user.id, nickname }, lifetimeMs))
        assert.deepEqual({ userId: claims.userId, nickname: claims.nickname }, { userId: user.id, nickname })
        assert.ok(claims.expiresAtMs - (1_700_000_000_000 + lifetimeMs) < 1000)
      }),
      { numRuns: 50 },
    )
  })

  test('are refused with AUTH-419 from the second they expire in', async () => {
    let now = 1_700_000_000_000
    const tokens = await createTokens(secret, () => now)
    const token = await tokens.sign(user, 60_000)
    now += 59_000
    await tokens.verify(token)
    now += 1_000
    assert.equal(await codeOf(tokens.verify(token)), 'AUTH-419')
  })

  test('of another secret, another algorithm or none are refused with AUTH-401', async () => {
    const tokens = await createTokens(secret)
    const other = await createTokens('another secret of thirty-two bytes!')
    const inAnHour = Math.floor(Date.now() / 1000) + 3600
    const key = new TextEncoder().encode(secret)
    const payload = { nickname: 'eve', sub: 'eve', exp: inAnHour }
    const forged = {
      otherSecret: await other.sign(user, 60_000),
      none: new UnsecuredJWT(payload).encode(),
      otherAlgorithm: await new SignJWT(payload).setProtectedHeader({ alg: 'HS384' }).sign(key),
      noExpiry: await new SignJWT({ nickname: 'eve', sub: 'eve' }).setProtectedHeader({ alg: 'HS256' }).sign(key),
      noNickname: await new SignJWT({ sub: 'eve', exp: inAnHour }).setProtectedHeader({ alg: 'HS256' }).sign(key),
      garbage: 'a.b.c',
      empty: '',
    }
    for (const [name, token] of Object.entries(forged))
      assert.equal(await codeOf(tokens.verify(token)), 'AUTH-401', name)
  })

  test('with one changed character are refused', async () => {
    const tokens = await createTokens(secret)
    const token = await tokens.sign(user, 60_000)
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: token.length - 2 }), async (at) => {
        const changed = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
        assert.equal(await codeOf(tokens.verify(changed)), 'AUTH-401')
      }),
    )
  })

  test('need a secret as long as their hash', async () => {
    await assert.rejects(createTokens('short'), RangeError)
  })
})
