import assert from 'node:assert/strict'
import { test } from 'node:test'
import { engineOf } from '../../../compose/components/mysql/identity.ts'
import { engineFrom } from '../../../system/stores/mysql/identity.ts'

const durable = { flush: 1, doublewrite: 'ON', binlog: 0, syncBinlog: 1 }

const engines: readonly [version: string, comment: string, product: string, ownVersion: string][] = [
  ['9.7.4-2', '(Debian)', 'MySQL', '9.7.4'],
  ['8.4.3', 'MySQL Community Server - GPL', 'MySQL', '8.4.3'],
  ['8.0.36-28', 'Percona Server (GPL), Release 28', 'Percona Server', '8.0.36'],
  ['5.5.5-10.11.6-MariaDB-0+deb12u1', 'Debian 12', 'MariaDB', '10.11.6'],
  ['11.8.6-MariaDB', 'mariadb.org binary distribution', 'MariaDB', '11.8.6'],
  ['8.0.11-TiDB-v8.5.1', 'TiDB Server (Apache License 2.0)', 'TiDB', '8.5.1'],
]

for (const [version, comment, product, ownVersion] of engines) {
  test(`${version} ${comment} is ${product} ${ownVersion}, for the store and for the component alike`, () => {
    const compatibleWith = product === 'MySQL' ? undefined : 'MySQL'
    for (const identity of [engineFrom({ version, comment, ...durable }).identity, engineOf(version, comment)])
      assert.deepEqual(
        [identity.product, identity.version, identity.compatibleWith],
        [product, ownVersion, compatibleWith],
      )
  })
}

test('durability is what the server is set to: only a flush at every commit is an fsync', () => {
  const answer = { version: '9.7.4', comment: '', ...durable }
  assert.deepEqual(
    [0, 1, 2].map((flush) => engineFrom({ ...answer, flush }).fsyncs),
    [false, true, false],
  )
  assert.match(engineFrom(answer).identity.details ?? '', /flush at commit 1, doublewrite ON, no binary log/)
})
