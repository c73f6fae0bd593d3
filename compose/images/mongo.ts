/**
 * MongoDB where its image can be had. Built here it is FerretDB on PostgreSQL with DocumentDB, for no package registry
 * has MongoDB: it speaks MongoDB's protocol and says what it is (`buildInfo.ferretdb`).
 */

import { documentDbSettings } from '../components/mongo/documentdb.ts'
import { FERRETDB_VERSION, ferretdbRecipe } from '../components/mongo/ferretdb.ts'
import { postgresRecipe } from '../components/postgres/distribution.ts'
import type { ProvisionContext } from '../provision/context.ts'
import { goToolchain } from '../provision/go.ts'
import { baseEntries, connects, script, scriptText } from './base.ts'
import type { ImageDefinition, LocalContent } from './image.ts'
import { UTC, utcEntry } from './zone.ts'

const USER = '999:999'
const DATA = '/data/db'
const SOCKETS = '/tmp/pg'
const POSTGRES_BIN = '/usr/lib/postgresql/18/bin'

export const mongo: ImageDefinition = {
  name: 'mongo',
  product: { official: 'MongoDB 8.0', local: `FerretDB ${FERRETDB_VERSION} on PostgreSQL 18 with DocumentDB` },
  official: { reference: 'mongo:8.0.20' },
  local,
  entrypoint: ['/usr/local/bin/docker-entrypoint.sh'],
  command: [],
  environment: { PATH: `${POSTGRES_BIN}:/usr/local/bin:/usr/sbin:/usr/bin`, GOGC: '400', DO_NOT_TRACK: '1' },
  facts: {
    user: USER,
    ports: { mongo: 27017 },
    dataPath: DATA,
    configPath: null,
    scratch: ['/tmp'],
    // mongosh is a Node of its own, a second of CPU at every check.
    health: {
      official: ['bash', '-c', 'exec 3<>/dev/tcp/127.0.0.1/27017'],
      local: connects('127.0.0.1', 27017),
    },
    upkeep: { local: { settle: ['psql', '-h', SOCKETS, '-U', 'postgres', '-d', 'postgres', '-Xqc', 'CHECKPOINT'] } },
  },
}

async function local(context: ProvisionContext): Promise<LocalContent> {
  const ferretdb = ferretdbRecipe(await goToolchain(context), context)
  const postgres = postgresRecipe('mongo', context)
  const settings = documentDbSettings(SOCKETS)
  return {
    key: [ferretdb.key, postgres.key, settings, UTC, await scriptText('mongo.sh')].join('\n'),
    entries: async () => [
      ...(await baseEntries('mongodb', USER, context)),
      { kind: 'copy', path: '', from: await context.cache.entry(postgres, context.signal) },
      { kind: 'copy', path: 'usr/local/bin', from: await context.cache.entry(ferretdb, context.signal) },
      { kind: 'text', path: 'etc/lab/postgresql.conf', text: settings },
      utcEntry,
      await script('mongo.sh', 'usr/local/bin/docker-entrypoint.sh'),
      { kind: 'folder', path: DATA },
    ],
  }
}
