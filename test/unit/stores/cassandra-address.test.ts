import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EnvironmentError } from '../../../compose/component.ts'
import { givenAddress, urlOf } from '../../../compose/components/cassandra/address.ts'
import { readCassandraUrl } from '../../../system/stores/cassandra/address.ts'

test('what the environment says of a cluster is what the store reads from its URL', () => {
  const env = {
    CASSANDRA_CONTACT_POINTS: 'one, two:9043,[::1]:9044',
    CASSANDRA_LOCAL_DC: 'Seoul 1',
    CASSANDRA_USERNAME: 'lab',
    CASSANDRA_PASSWORD: 'p@ss:w/rd?&%',
  }
  const url = Object.assign(new URL(urlOf(givenAddress(env)!)), { pathname: '/lab_run' }).href
  assert.deepEqual(readCassandraUrl(url), {
    contactPoints: ['one:9042', 'two:9043', '[::1]:9044'],
    keyspace: 'lab_run',
    dataCenter: 'Seoul 1',
    credentials: { username: 'lab', password: 'p@ss:w/rd?&%' },
  })
})

test('without more than a host there is a port, a data center and nobody to be', () => {
  assert.equal(givenAddress({}), null)
  const url = urlOf(givenAddress({ CASSANDRA_CONTACT_POINTS: 'host' })!)
  assert.deepEqual(readCassandraUrl(`${url}chat`), {
    contactPoints: ['host:9042'],
    keyspace: 'chat',
    dataCenter: 'datacenter1',
    credentials: undefined,
  })
})

test('an address that cannot be read is refused without repeating it', () => {
  for (const hosts of [',', 'a b', 'http://host', 'user:hunter2@host']) {
    assert.throws(() => givenAddress({ CASSANDRA_CONTACT_POINTS: hosts }), isSilent)
  }
  assert.throws(() => givenAddress({ CASSANDRA_CONTACT_POINTS: 'h', CASSANDRA_PASSWORD: 'hunter2' }), isSilent)
  const longest = 'k'.repeat(48)
  assert.equal(readCassandraUrl(`cassandra://h/${longest}`).keyspace, longest)
  for (const path of ['', 'a-b', 'a/b', '"', '1a', `${longest}k`])
    assert.throws(() => readCassandraUrl(`cassandra://u:hunter2@h/${path}`), isSilent)
})

function isSilent(error: unknown): boolean {
  const { message, remedy, code } = error as EnvironmentError
  assert.match(code, /UNREACHABLE/)
  assert.doesNotMatch(`${message} ${remedy}`, /hunter2/)
  return true
}
