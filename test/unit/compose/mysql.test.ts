import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isUsable } from '../../../compose/components/mysql.ts'

const programs: readonly [versionText: string, usable: boolean][] = [
  ['/usr/sbin/mysqld  Ver 9.7.4 for Linux on x86_64 (MySQL Community Server - GPL)', true],
  ['mysqld  Ver 8.4.3 for Linux on x86_64 (MySQL Community Server - GPL)', true],
  ['mysqld  Ver 8.0.40-0ubuntu0.24.04.1 for Linux on x86_64 ((Ubuntu))', false],
  ['mysqld  Ver 10.11.6-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)', false],
  ['', false],
]

for (const [versionText, usable] of programs) {
  test(`a mysqld that says "${versionText}" is ${usable ? 'taken' : 'passed over'}`, () => {
    assert.equal(isUsable(versionText), usable)
  })
}
