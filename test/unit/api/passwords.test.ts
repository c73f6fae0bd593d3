import assert from 'node:assert/strict'
import crypto, { type ScryptOptions } from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { test } from 'node:test'
import { hashPassword, passwordMatches } from '../../../system/roles/api/passwords.ts'

test('a password fits its own hash only, in either Unicode form, and the hash does not show it', async () => {
  const password = 'correct 비밀번호'
  const [hash, again] = await Promise.all([hashPassword(password.normalize('NFC')), hashPassword(password)])
  assert.ok(!hash.includes('correct'))
  assert.notEqual(hash, again, 'each hash has its own salt')
  const typed = [password.normalize('NFD'), 'correct 비밀번흐']
  assert.deepEqual(await Promise.all(typed.map((text) => passwordMatches(text, hash))), [true, false])
})

test('no password fits a missing or unreadable hash, and to find out costs what a hash costs', async (t) => {
  const costs: ScryptOptions[] = []
  type Done = (error: null, key: Buffer) => void
  const derive = (_text: string, _salt: Buffer, bytes: number, options: ScryptOptions, done: Done) => {
    costs.push(options)
    done(null, Buffer.alloc(bytes))
  }
  t.mock.method(crypto, 'scrypt', derive as typeof crypto.scrypt)
  syncBuiltinESMExports()
  t.after(() => {
    t.mock.restoreAll()
    syncBuiltinESMExports()
  })
  await hashPassword('anything')
  for (const hash of [undefined, '', 'plain', 'scrypt$16384$8$5$c2FsdA$c2hvcnQ']) {
    assert.equal(await passwordMatches('anything', hash), false)
  }
  assert.deepEqual(costs, Array(5).fill(costs[0]))
})
