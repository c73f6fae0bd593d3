import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashPassword, passwordMatches } from '../../../system/roles/api/passwords.ts'

test('a password fits its own hash only, and the hash does not show it', async () => {
  const [hash, again] = await Promise.all([hashPassword('correct horse'), hashPassword('correct horse')])
  assert.ok(!hash.includes('correct'))
  assert.notEqual(hash, again, 'each hash has its own salt')
  assert.equal(await passwordMatches('correct horse', hash), true)
  assert.equal(await passwordMatches('correct horsf', hash), false)
})

test('one text in two Unicode forms is one password', async () => {
  const hash = await hashPassword('비밀번호'.normalize('NFC'))
  assert.equal(await passwordMatches('비밀번호'.normalize('NFD'), hash), true)
})

test('no password fits a missing or unreadable hash', async () => {
  for (const hash of [undefined, '', 'plain', 'scrypt$16384$8$5$c2FsdA$c2hvcnQ']) {
    assert.equal(await passwordMatches('anything', hash), false)
  }
})
