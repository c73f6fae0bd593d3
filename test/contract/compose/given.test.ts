import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EnvironmentError, RunningComponent } from '../../../compose/component.ts'
import { survey } from '../../../compose/native/survey.ts'
import { provide, skipOrFail } from '../../support/components.ts'
import { testSession } from '../../support/compose/session.ts'

const NOBODY = '127.0.0.1:9'

test('an unreachable MONGO_URL is named by host, and its credentials by nobody', async (t) => {
  const { session } = await testSession(t, { env: { MONGO_URL: `mongodb://admin:s3cret@${NOBODY}/chat` } })
  const error = (await session.start('mongo').catch((reason) => reason)) as EnvironmentError
  assert.equal(error.code, 'ENV-UNREACHABLE')
  assert.match(error.message, /127\.0\.0\.1:9/)
  assert.match(error.remedy, /MONGO_URL/)
  assert.doesNotMatch(`${error.message} ${error.remedy} ${error.stack}`, /s3cret|admin/)
})

test('an unreachable MYSQL_URL is named by host, and its credentials by nobody', async (t) => {
  const { session } = await testSession(t, { env: { MYSQL_URL: `mysql://admin:s3cret@${NOBODY}/chat` } })
  const error = (await session.start('mysql').catch((reason) => reason)) as EnvironmentError
  assert.equal(error.code, 'ENV-UNREACHABLE')
  assert.match(error.message, /127\.0\.0\.1:9/)
  assert.match(error.remedy, /MYSQL_URL/)
  assert.doesNotMatch(`${error.message} ${error.remedy} ${error.stack}`, /s3cret|admin/)
})

test('a MYSQL_URL whose password is wrong says so, without it', async (t) => {
  const mysql = await provide('mysql')
  if (!skipOrFail(t, mysql)) return
  const url = Object.assign(new URL(mysql.url), { username: 'a-user', password: 's3cret' }).href
  const { session } = await testSession(t, { env: { MYSQL_URL: url } })
  const error = (await session.start('mysql').catch((reason) => reason)) as EnvironmentError
  assert.equal(error.code, 'ENV-UNREACHABLE')
  assert.match(error.message, /denied/)
  assert.doesNotMatch(`${error.message} ${error.remedy} ${error.stack}`, /s3cret|a-user/)
  await mysql.release()
})

test('an unreachable POSTGRES_URL is named by host, and its credentials by nobody', async (t) => {
  const { session } = await testSession(t, { env: { POSTGRES_URL: `postgres://admin:s3cret@${NOBODY}/chat` } })
  const error = (await session.start('postgres').catch((reason) => reason)) as EnvironmentError
  assert.equal(error.code, 'ENV-UNREACHABLE')
  assert.match(error.message, /127\.0\.0\.1:9/)
  assert.match(error.remedy, /POSTGRES_URL/)
  assert.doesNotMatch(`${error.message} ${error.remedy} ${error.stack}`, /s3cret|admin/)
})

test('a POSTGRES_URL whose password is wrong says so, without it', async (t) => {
  const postgres = await provide('postgres')
  if (!skipOrFail(t, postgres)) return
  const url = Object.assign(new URL(postgres.url), { username: 'a-user', password: 's3cret' }).href
  const { session } = await testSession(t, { env: { POSTGRES_URL: url } })
  const error = (await session.start('postgres').catch((reason) => reason)) as EnvironmentError
  assert.equal(error.code, 'ENV-UNREACHABLE')
  assert.match(error.message, /authentication failed/)
  assert.doesNotMatch(`${error.message} ${error.remedy} ${error.stack}`, /s3cret|a-user/)
  await postgres.release()
})

test('an unreachable KAFKA_URL is named', async (t) => {
  const { session } = await testSession(t, { env: { KAFKA_URL: `kafka://${NOBODY}` } })
  await assert.rejects(session.start('kafka'), { code: 'ENV-UNREACHABLE', message: /127\.0\.0\.1:9/ })
})

test('an unreachable CASSANDRA_CONTACT_POINTS is named by host, and its credentials by nobody', async (t) => {
  const credentials = { CASSANDRA_USERNAME: 'admin', CASSANDRA_PASSWORD: 's3cret' }
  const { session } = await testSession(t, { env: { CASSANDRA_CONTACT_POINTS: NOBODY, ...credentials } })
  const error = (await session.start('cassandra').catch((reason) => reason)) as EnvironmentError
  assert.equal(error.code, 'ENV-UNREACHABLE')
  assert.match(error.message, /127\.0\.0\.1:9/)
  assert.match(error.remedy, /CASSANDRA_CONTACT_POINTS/)
  assert.doesNotMatch(`${error.message} ${error.remedy} ${error.stack}`, /s3cret|admin/)
})

test('a given Cassandra is asked for its data center, named over the wire, and never ended', async (t) => {
  const cassandra = await provide('cassandra')
  if (!skipOrFail(t, cassandra)) return
  const env = { CASSANDRA_CONTACT_POINTS: new URL(cassandra.url).host }
  for (const _time of ['first', 'after the first was closed']) {
    const { session } = await testSession(t, { env })
    const { origin, processes, url, identity } = await session.start('cassandra')
    assert.deepEqual([origin, processes.length, url], ['given', 0, cassandra.url])
    assert.deepEqual(identity, cassandra.component.identity)
    await session.close()
  }
  await cassandra.release()
})

test('what the environment gives is used as it is, named over the wire, and never ended', async (t) => {
  const kafka = await provide('kafka')
  const mongo = await provide('mongo')
  const mysql = await provide('mysql')
  const postgres = await provide('postgres')
  if (!skipOrFail(t, kafka) || !skipOrFail(t, mongo) || !skipOrFail(t, mysql) || !skipOrFail(t, postgres)) return
  const env = { KAFKA_BOOTSTRAP: kafka.url, MONGO_URL: mongo.url, MYSQL_URL: mysql.url, POSTGRES_URL: postgres.url }
  const { session } = await testSession(t, { env })
  const names = ['kafka', 'mongo', 'mysql', 'postgres'] as const
  const given: RunningComponent[] = []
  for (const name of names) given.push(await session.start(name))
  assert.deepEqual(
    given.map(({ origin, processes }) => [origin, processes.length]),
    names.map(() => ['given', 0]),
  )
  assert.deepEqual(given[1]?.identity, mongo.component.identity)
  assert.deepEqual(given[2]?.identity, mysql.component.identity)
  assert.deepEqual(given[3]?.identity, postgres.component.identity)
  assert.match(given[0]?.identity.details ?? '', /ApiVersions/)
  await session.close()
  const { session: later } = await testSession(t, { env })
  for (const name of names) await later.start(name)
  await kafka.release()
  await mongo.release()
  await mysql.release()
  await postgres.release()
})

test('the doctor says that a given address does not answer', async () => {
  const env = { ...process.env, MONGO_URL: `mongodb://${NOBODY}` }
  const { components } = await survey(env, new AbortController().signal)
  const mongo = components.find(({ name }) => name === 'mongo')
  assert.equal(mongo?.state, 'missing')
})
