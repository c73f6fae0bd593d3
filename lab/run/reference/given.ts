import { setTimeout as sleep } from 'node:timers/promises'
import type { Admin } from '@platformatic/kafka'
import { MongoClient } from 'mongodb'
import { createConnection } from 'mysql2/promise'
import { Client, escapeIdentifier } from 'pg'
import type { RunningComponent } from '../../../compose/component.ts'
import type { Edition } from '../../../system/editions/edition.ts'
import { connectCassandra } from '../../audit/cassandra.ts'

const timeoutMs = 5_000

/** What is one run's own in engines that others use too: the name of its database, the first part of its topics'. */
export function namespaceOf(runId: string): string {
  return `lab_${runId.replaceAll(/[^a-z0-9]/gi, '_')}`
}

/** The log's address as the system wants it. On a Kafka that is not ours the run has topics and a group of its own. */
export function logUrlOf({ url, origin }: Pick<RunningComponent, 'url' | 'origin'>, namespace: string): string {
  return origin === 'given' ? `kafka://${url}/${namespace}` : `kafka://${url}`
}

/** What stands before the names of the run's topics. */
export function topicPrefixOf({ origin }: Pick<RunningComponent, 'origin'>, namespace: string): string {
  return origin === 'given' ? `${namespace}.` : ''
}

/**
 * Deletes the topics and groups of one run, and nothing else: those whose names begin with its namespace and a dot.
 * Resolves when the broker lists none of them any more. Rejects with the client's error.
 */
export async function removeTopics(bootstrap: string, namespace: string): Promise<void> {
  // Loaded when it is needed: a run without Kafka should not wait half a second for a client.
  const { Admin, findErrorBy } = await import('@platformatic/kafka')
  const bootstrapBrokers = bootstrap.split(',')
  const options = { connectTimeout: timeoutMs, timeout: timeoutMs, retries: 3, retryDelay: 200 }
  const admin = new Admin({ clientId: 'chat-lab-remove', bootstrapBrokers, ...options })
  admin.on('error', () => {})
  const isOurs = (name: string) => name.startsWith(`${namespace}.`)
  const isGone = (error: Error) => findErrorBy(error, 'apiId' as never, 'UNKNOWN_TOPIC_OR_PARTITION' as never) !== null
  try {
    await deleteTopics(admin, isOurs, isGone)
    const groups = [...(await admin.listGroups()).keys()].filter(isOurs)
    if (groups.length > 0) await admin.deleteGroups({ groups })
  } finally {
    await admin.close()
  }
}

/** A broker lists a topic for a while after the controller has deleted it, and refuses to delete it again meanwhile. */
async function deleteTopics(
  admin: Admin,
  isOurs: (name: string) => boolean,
  isGone: (error: Error) => boolean,
): Promise<void> {
  const until = performance.now() + timeoutMs
  for (;;) {
    const topics = (await admin.listTopics()).filter(isOurs)
    if (topics.length === 0) return
    if (performance.now() > until) throw new Error(`Kafka still lists ${topics.join(', ')} after ${timeoutMs} ms`)
    await admin.deleteTopics({ topics }).catch((error) => {
      if (!isGone(error)) throw error
    })
    await sleep(50)
  }
}

/** Redis' address as the system wants it, with what stands before the names of the run's channels and keys. */
export function redisUrlOf({ url }: Pick<RunningComponent, 'url'>, namespace: string): string {
  const own = new URL(url)
  own.searchParams.set('prefix', `${namespace}:`)
  return own.href
}

/** Deletes the keys of one run, and nothing else. Rejects with the client's error. */
export async function removeKeys(url: string, namespace: string): Promise<void> {
  const { createClient } = await import('@redis/client')
  const client = createClient({ url, socket: { connectTimeout: timeoutMs, reconnectStrategy: false } })
  client.on('error', () => {})
  try {
    await client.connect()
    for await (const keys of client.scanIterator({ MATCH: `${namespace}:*`, COUNT: 1_000 }))
      if (keys.length > 0) await client.unlink(keys)
  } finally {
    client.destroy()
  }
}

/** How a run has a database of its own on a store's engine, so that it can use one that others use too. */
export interface OwnDatabase {
  /** The address that system and audit get, from the engine's own. */
  readonly urlOf: (engineUrl: string, namespace: string) => string
  /** Drops the database that address names. Rejects with the driver's error. */
  readonly remove: (url: string) => Promise<void>
}

export const ownDatabases = {
  mongo: {
    urlOf: (engineUrl, namespace) => Object.assign(new URL(engineUrl), { pathname: `/${namespace}` }).href,
    remove: async (url) => {
      const client = new MongoClient(url, { serverSelectionTimeoutMS: 2_000 })
      try {
        await client.db().dropDatabase()
      } finally {
        await client.close()
      }
    },
  },
  mysql: {
    urlOf: (engineUrl, namespace) => Object.assign(new URL(engineUrl), { pathname: `/${namespace}` }).href,
    remove: async (url) => {
      const connection = await createConnection({ uri: url, connectTimeout: 2_000 })
      try {
        await connection.query('DROP DATABASE IF EXISTS ??', [new URL(url).pathname.slice(1)])
      } finally {
        connection.destroy()
      }
    },
  },
  postgres: {
    urlOf: (engineUrl, namespace) => Object.assign(new URL(engineUrl), { pathname: `/${namespace}` }).href,
    remove: async (url) => {
      // Nobody can drop the database they are in.
      const address = Object.assign(new URL(url), { pathname: '/postgres' }).href
      const client = new Client({ connectionString: address, connectionTimeoutMillis: 2_000 })
      client.on('error', () => {})
      try {
        await client.connect()
        const database = escapeIdentifier(new URL(url).pathname.slice(1))
        await client.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`)
      } finally {
        await client.end()
      }
    },
  },
  cassandra: {
    urlOf: (engineUrl, namespace) => Object.assign(new URL(engineUrl), { pathname: `/${namespace}` }).href,
    remove: async (url) => {
      const client = await connectCassandra(url)
      try {
        await client.execute(`DROP KEYSPACE IF EXISTS "${client.keyspace}"`)
      } finally {
        await client.shutdown()
      }
    },
  },
} as const satisfies Record<Exclude<Edition['store'], 'sqlite'>, OwnDatabase>
