/** PostgreSQL from the Debian packages the native runtime uses. */
import { postgresRecipe } from '../components/postgres/distribution.ts'
import type { ProvisionContext } from '../provision/context.ts'
import { baseEntries, script, scriptText } from './base.ts'
import type { ImageDefinition, LocalContent } from './image.ts'
import { UTC, utcEntry } from './zone.ts'

const USER = '999:999'
const DATA = '/var/lib/postgresql'
const BIN = '/usr/lib/postgresql/18/bin'
/** At the first start the official server listens on a unix socket until its data folder is whole. */
const HEALTH = ['pg_isready', '-q', '-h', '127.0.0.1']
/** What FerretDB's PostgreSQL loads beside it, a third of the size; and the package's own data folder, which is root's. */
const UNUSED = /^var$|(?:^|\/)(?:lib)?(?:postgis|pg_documentdb|pg_cron|vector|proj|geos|sqlite3|tiff|curl-gnutls|webp)/

export const postgres: ImageDefinition = {
  name: 'postgres',
  product: { official: 'PostgreSQL 18.6', local: 'PostgreSQL 18 of Debian sid' },
  official: { reference: 'postgres:18.6' },
  local,
  entrypoint: ['/usr/local/bin/docker-entrypoint.sh'],
  command: ['postgres'],
  environment: { PATH: `${BIN}:/usr/local/bin:/usr/sbin:/usr/bin`, PGDATA: `${DATA}/18/docker`, TZ: 'UTC' },
  facts: {
    user: USER,
    ports: { postgres: 5432 },
    dataPath: DATA,
    configPath: null,
    scratch: ['/tmp', '/var/run/postgresql'],
    health: { official: HEALTH, local: HEALTH },
  },
}

async function local(context: ProvisionContext): Promise<LocalContent> {
  const recipe = postgresRecipe('postgres', context)
  return {
    key: [recipe.key, UNUSED.source, UTC, await scriptText('postgres.sh')].join('\n'),
    entries: async () => [
      ...(await baseEntries('postgres', USER, context)),
      {
        kind: 'copy',
        path: '',
        from: await context.cache.entry(recipe, context.signal),
        without: (path) => UNUSED.test(path),
      },
      utcEntry,
      await script('postgres.sh', 'usr/local/bin/docker-entrypoint.sh'),
      { kind: 'folder', path: DATA },
    ],
  }
}
