/** PostgreSQL 18 with the DocumentDB extension: what FerretDB keeps its documents in. */
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { RunningProcess } from '../../component.ts'
import type { ComponentContext } from '../driver.ts'
import { BIN, postgresRecipe } from '../postgres/distribution.ts'
import { engineSettings, PostgresServer, type Settings, settingsText } from '../postgres/server.ts'

/** Listens on a unix socket only, in a folder only we may enter; so it trusts who connects. */
export class DocumentDb {
  /** Without a password: whoever can enter the folder of the socket is trusted. */
  readonly url: string
  readonly #server: PostgresServer

  private constructor(server: PostgresServer, socketFolder: string) {
    this.#server = server
    this.url = `postgres://postgres@/postgres?host=${socketFolder}&port=5432`
  }

  /** Provisions and initialises; nothing runs yet. */
  static async prepare(context: ComponentContext): Promise<DocumentDb> {
    const folder = await context.cache.entry(postgresRecipe('mongo', context), context.signal)
    const socketFolder = await context.shortFolder()
    const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
    const plan = {
      component: 'mongo',
      binFolder: join(folder, BIN),
      initArgs: ['-U', 'postgres', ...locale, '-A', 'trust'],
      settings: settings(socketFolder),
      variables: { PGHOST: socketFolder, PGPORT: '5432', PGUSER: 'postgres', PGDATABASE: 'postgres' },
    } as const
    return new DocumentDb(await PostgresServer.initialise(plan, context), socketFolder)
  }

  start(): Promise<RunningProcess> {
    return this.#server.start((signal) => this.#firstAnswer(signal))
  }

  /** Runs SQL from standard input, so that no secret shows in a process list. */
  sql(text: string): Promise<string> {
    return this.#server.run('psql', ['-XqAt', '-v', 'ON_ERROR_STOP=1'], text)
  }

  async #firstAnswer(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted()
      const answer = await this.sql('SELECT 1').catch(() => '')
      if (answer.trim() === '1') return
      await delay(50, undefined, { signal })
    }
  }
}

/**
 * Facts behind the less usual lines: DocumentDB and pg_cron connect back by libpq, and hang on TCP when FerretDB has
 * the same port number; only `extended_rum` indexes give an order, and `enable_sort=off` makes the planner take them
 * before the first ANALYZE.
 */
const settings = (socketFolder: string): Settings => [
  ['listen_addresses', ''],
  ['port', '5432'],
  ['unix_socket_directories', socketFolder],
  ['unix_socket_permissions', '0700'],
  ['shared_preload_libraries', 'pg_cron,pg_documentdb_core,pg_documentdb_extended_rum,pg_documentdb'],
  ['cron.database_name', 'postgres'],
  ['cron.host', socketFolder],
  ['cron.log_run', 'off'],
  ['cron.log_statement', 'off'],
  ['documentdb.alternate_index_handler_name', 'extended_rum'],
  ['documentdb.localhost_connection_string', `host=${socketFolder}`],
  ['max_connections', '100'],
  ...engineSettings,
  ['autovacuum_analyze_threshold', '500'],
  ['enable_sort', 'off'],
]

/** The file of its settings. */
export const documentDbSettings = (socketFolder: string): string => settingsText(settings(socketFolder))
