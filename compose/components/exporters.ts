/** Exporters: programs that ask an engine for its own figures and expose them to Prometheus. */
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AskedEngine } from '../component.ts'
import { findProgram } from '../native/programs.ts'
import type { Recipe } from '../provision/cache.ts'
import type { ProvisionContext } from '../provision/context.ts'
import { loaderOf, missingLibraries, unpackDebian, wrapPrograms } from '../provision/debian.ts'

const SUITE = 'sid'
const NEED_BYTES = 60e6

/** By engine: the Debian package, which names its program so as well, and the name its makers give the program. */
const EXPORTERS = {
  mysql: { debian: 'prometheus-mysqld-exporter', upstream: 'mysqld_exporter' },
  postgres: { debian: 'prometheus-postgres-exporter', upstream: 'postgres_exporter' },
  redis: { debian: 'prometheus-redis-exporter', upstream: 'redis_exporter' },
} as const satisfies Record<AskedEngine, { readonly debian: string; readonly upstream: string }>

const quiet = '--log.level=warn'
const postgresQueries = fileURLToPath(new URL('postgres/queries.yaml', import.meta.url))

/** Collectors of PostgreSQL's exporter that walk over tables, locks or files, or ask what a single node has not. */
const costlyOfPostgres = [
  'database',
  'locks',
  'replication',
  'replication_slot',
  'roles',
  'stat_progress_vacuum',
  'stat_user_tables',
  'statio_user_tables',
  'wal',
]

/** Only what a statement or two tell: the engine is under load, and what asks it takes part in the load. */
export const exporterArguments: Readonly<Record<AskedEngine, readonly string[]>> = {
  mysql: [
    quiet,
    '--no-collect.slave_status',
    '--no-collect.global_variables',
    '--no-collect.info_schema.innodb_cmp',
    '--no-collect.info_schema.innodb_cmpmem',
    '--no-collect.info_schema.query_response_time',
  ],
  postgres: [
    quiet,
    '--disable-default-metrics',
    '--disable-settings-metrics',
    `--extend.query-path=${postgresQueries}`,
    ...costlyOfPostgres.map((name) => `--no-collector.${name}`),
    '--collector.stat_checkpointer',
  ],
  redis: ['--log-level=WARN', '--config-command=-', '--exclude-latency-histogram-metrics', '--redis-only-metrics'],
}

function recipe(debian: string, context: ProvisionContext): Recipe {
  const program = join('usr/bin', debian)
  const keep = new RegExp(`${debian}|libc6`)
  return {
    name: debian,
    version: SUITE,
    key: [debian, SUITE, process.arch, keep.source].join(' '),
    needBytes: NEED_BYTES,
    make: async (folder, fetched, signal) => {
      const own = { ...context, signal }
      const work = await mkdtemp(join(folder, 'apt-'))
      const request = { component: debian, suite: SUITE, packages: [debian], keep }
      for (const source of await unpackDebian(request, folder, work, own)) fetched(source)
      await rm(work, { recursive: true, force: true })
      const missing = await missingLibraries(folder, loaderOf(folder, []), [program], own)
      if (missing.length > 0) throw new Error(`${debian} of Debian ${SUITE} lacks ${missing.join(', ')}`)
      await wrapPrograms(folder, loaderOf(folder, []), [program])
    },
  }
}

/** Path of the engine's exporter: from PATH, else unpacked. Rejects with an EnvironmentError where it is not to be had. */
export async function exporterProgram(engine: AskedEngine, context: ProvisionContext): Promise<string> {
  const { debian, upstream } = EXPORTERS[engine]
  const found = findProgram(upstream, context.env) ?? findProgram(debian, context.env)
  if (found) return found
  return join(await context.cache.entry(recipe(debian, context), context.signal), 'usr/bin', debian)
}
