import assert from 'node:assert/strict'
import { test } from 'node:test'
import { engineOf } from '../../../compose/components/postgres/identity.ts'
import { engineFrom } from '../../../system/stores/postgres/identity.ts'

const durable = { fsync: 'on', synchronousCommit: 'on', fullPageWrites: 'on' }
const debian =
  'PostgreSQL 18.6 (Debian 18.6-3) on x86_64-pc-linux-gnu, compiled by gcc (Debian 15.2.0-9) 15.2.0, 64-bit'

const engines: readonly [version: string, product: string, ownVersion: string][] = [
  [debian, 'PostgreSQL', '18.6'],
  ['PostgreSQL 19beta1 on aarch64-apple-darwin, compiled by clang', 'PostgreSQL', '19beta1'],
  ['CockroachDB CCL v24.1.2 (x86_64-pc-linux-gnu, built 2024/07/02, go1.22.2)', 'CockroachDB', '24.1.2'],
  ['PostgreSQL 11.2-YB-2.20.1.3-b0 on x86_64-pc-linux-gnu, compiled by clang', 'YugabyteDB', '2.20.1.3'],
  ['PostgreSQL 12.12 (Greenplum Database 7.1.0 build commit:x) on x86_64', 'Greenplum', '7.1.0'],
  ['(openGauss 5.0.0 build a07d57c3) compiled at 2023-03-29', 'openGauss', '5.0.0'],
  ['something else', 'an engine without a name', 'unknown'],
]

for (const [version, product, ownVersion] of engines) {
  test(`"${version}" is ${product} ${ownVersion}, for the store and for the component alike`, () => {
    const compatibleWith = product === 'PostgreSQL' ? undefined : 'PostgreSQL'
    for (const identity of [engineFrom({ version, ...durable }).identity, engineOf(version)])
      assert.deepEqual(
        [identity.product, identity.version, identity.compatibleWith],
        [product, ownVersion, compatibleWith],
      )
  })
}

test('durability is what the server is set to; what it does not tell is not taken for granted', () => {
  const fsyncs = (change: object) => engineFrom({ version: debian, ...durable, ...change }).fsyncs
  assert.deepEqual(
    ['on', 'local', 'remote_apply', 'off', null].map((synchronousCommit) => fsyncs({ synchronousCommit })),
    [true, true, true, false, false],
  )
  assert.deepEqual([fsyncs({ fsync: 'off' }), fsyncs({ fsync: null })], [false, false])
  const { details } = engineFrom({ version: debian, ...durable, fullPageWrites: 'off' }).identity
  assert.equal(
    details,
    'PostgreSQL 18.6 (Debian 18.6-3) on x86_64-pc-linux-gnu, fsync on, synchronous commit on, full page writes off',
  )
})
