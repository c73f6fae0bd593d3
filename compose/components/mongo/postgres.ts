/** PostgreSQL 18 with the DocumentDB extension, from Debian: what FerretDB keeps its documents in. */
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { MemoryLimit, RunningProcess } from '../../component.ts'
import { isRunning, processStat } from '../../native/proc.ts'
import type { Recipe, Source } from '../../provision/cache.ts'
import { run } from '../../provision/commands.ts'
import type { ProvisionContext } from '../../provision/context.ts'
import { loaderOf, unpackLoadable, wrapPrograms } from '../../provision/debian.ts'
import type { ComponentContext } from '../driver.ts'
import { unprivilegedPrefix } from './unprivileged.ts'

const PACKAGE = 'postgresql-18-documentdb'
const SUITE = 'sid'
const BIN = 'usr/lib/postgresql/18/bin'
const LIB = 'usr/lib/postgresql/18/lib'
const PROGRAMS = ['postgres', 'initdb', 'pg_ctl', 'psql', 'pg_isready', 'pg_controldata'].map((name) => join(BIN, name))
const MODULES = ['pg_documentdb', 'pg_documentdb_core', 'pg_documentdb_extended_rum', 'pg_cron', 'vector', 'postgis-3']
const CHECKED = [
  ...PROGRAMS.slice(0, 4),
  ...[...MODULES, 'plpgsql', 'tsm_system_rows'].map((name) => join(LIB, `${name}.so`)),
]
/** The part of the closure the server loads, found by `ld.so --list`; 76 of 205 packages. */
const KEEP =
  /postgresql-.*|zlib1g|lib(?:audit1|brotli1|bson2-2|c6|cap-ng0|com-err2|curl.*|deflate0|ffi[0-9]+|gcc-s1|geos.*|gmp10|gnutls30.*|gssapi-krb5-2|hogweed.*|icu[0-9]+|idn2-0|jbig0|jpeg62-turbo|json-c[0-9]+|k5crypto3|keyutils1|krb5-3|krb5support0|ldap.*|lerc4|lz4-1|lzma5|nettle.*|nghttp.*|ngtcp2.*|numa1|p11-kit0|pam0g|pcre2-8-0|pq5|proj[0-9]+|protobuf-c1|psl5.*|readline8.*|sasl2-2|selinux1|sharpyuv0|sqlite3-0|ssh2-1.*|ssl3.*|stdc\+\+6|systemd0|cap2|tasn1-6|tiff[0-9]+|tinfo6|unistring[0-9]+|uring2|uuid1|webp[0-9]+|xml2.*|xslt1.*|xxhash0|zstd1|gcrypt20|gpg-error0|crypt1)/

/** 11 MB of package lists and 51 MB of packages. */
export const POSTGRES_DOWNLOAD_BYTES = 62e6
export const POSTGRES_DISK_BYTES = 165e6
const WORK_BYTES = 500e6

export const postgresRecipe = (context: ProvisionContext): Recipe => ({
  name: 'postgres-documentdb',
  version: '18',
  key: [PACKAGE, SUITE, process.arch, KEEP.source].join(' '),
  needBytes: POSTGRES_DISK_BYTES + WORK_BYTES,
  make: async (folder, fetched, signal) => {
    for (const source of await unpack(folder, { ...context, signal })) fetched(source)
    await wrapPrograms(folder, loaderOf(folder, [LIB, 'usr/lib']), PROGRAMS)
  },
})

const SHARED_BUFFERS_MIB = 256
const WAL_BUFFERS_MIB = 16

export const POSTGRES_MEMORY: readonly MemoryLimit[] = [
  { what: 'shared buffers', bytes: SHARED_BUFFERS_MIB * 2 ** 20 },
  { what: 'WAL buffers', bytes: WAL_BUFFERS_MIB * 2 ** 20 },
]

const unpack = (prefix: string, context: ProvisionContext): Promise<Source[]> =>
  unpackLoadable(
    { component: 'mongo', suite: SUITE, packages: [PACKAGE], keep: KEEP },
    { files: CHECKED, libraryFolders: [LIB, 'usr/lib'] },
    prefix,
    context,
    () => tidy(prefix),
  )

async function tidy(prefix: string): Promise<void> {
  for (const path of ['usr/lib/debug', join(LIB, 'bitcode'), join(LIB, 'pgxs')]) {
    await rm(join(prefix, path), { recursive: true, force: true })
  }
  // Debian makes this by update-alternatives when the package is installed.
  const extensions = join(prefix, 'usr/share/postgresql/18/extension')
  await copyFile(join(extensions, 'postgis-3.control'), join(extensions, 'postgis.control'))
}

/** A PostgreSQL that listens on a unix socket only, in a folder only we may enter; so it trusts who connects. */
export class Postgres {
  /** Without a password: whoever can enter the folder of the socket is trusted. */
  readonly url: string
  readonly #bin: string
  readonly #context: ComponentContext
  readonly #dataDir: string
  readonly #prefix: readonly string[]
  readonly #socketFolder: string

  private constructor(prefix: readonly string[], folder: string, socketFolder: string, context: ComponentContext) {
    this.#prefix = prefix
    this.#bin = join(folder, BIN)
    this.#context = context
    this.#dataDir = join(context.dataDir, 'pg')
    this.#socketFolder = socketFolder
    this.url = `postgres://postgres@/postgres?host=${socketFolder}&port=5432`
  }

  /** Provisions and initialises; nothing runs yet. */
  static async prepare(context: ComponentContext): Promise<Postgres> {
    const prefix = await unprivilegedPrefix(context.env, context.signal)
    const folder = await context.cache.entry(postgresRecipe(context), context.signal)
    const postgres = new Postgres(prefix, folder, await context.shortFolder(), context)
    await mkdir(context.dataDir, { recursive: true })
    await postgres.#initialise()
    return postgres
  }

  async #initialise(): Promise<void> {
    const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
    const args = ['-D', this.#dataDir, '-U', 'postgres', ...locale, '-A', 'trust', '--no-instructions', '-N']
    await this.#run('initdb', args)
    await writeFile(join(this.#dataDir, 'postgresql.auto.conf'), postgresSettings(this.#socketFolder))
  }

  async start(): Promise<RunningProcess> {
    await this.#removeStaleLock()
    const [command = '', ...args] = [...this.#prefix, join(this.#bin, 'postgres'), '-D', this.#dataDir]
    return this.#context.spawn({
      name: 'postgres',
      command,
      args,
      env: this.#variables(),
      // Fast shutdown: SIGTERM would wait for clients to leave.
      stopSignal: 'SIGINT',
      ready: (_process, signal) => this.#firstAnswer(signal),
    })
  }

  /** Runs SQL from standard input, so that no secret shows in a process list. */
  sql(text: string): Promise<string> {
    return this.#run('psql', ['-XqAt', '-v', 'ON_ERROR_STOP=1'], text)
  }

  async #firstAnswer(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted()
      const answer = await this.sql('SELECT 1').catch(() => '')
      if (answer.trim() === '1') return
      await delay(50, undefined, { signal })
    }
  }

  /** After a kill an unreaped zombie keeps its lock file alive in PostgreSQL's eyes. */
  async #removeStaleLock(): Promise<void> {
    const file = join(this.#dataDir, 'postmaster.pid')
    const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0])
    if (!pid) return
    const stat = processStat(pid)
    if (!stat || !isRunning(pid, stat.startTicks)) await rm(file, { force: true })
  }

  #run(program: string, args: readonly string[], input = ''): Promise<string> {
    const [command = '', ...rest] = [...this.#prefix, join(this.#bin, program), ...args]
    const env = { ...this.#context.env, ...this.#variables() }
    return run(command, rest, { env, signal: this.#context.signal, input })
  }

  #variables(): Record<string, string> {
    const connection = { PGHOST: this.#socketFolder, PGPORT: '5432', PGUSER: 'postgres', PGDATABASE: 'postgres' }
    return { ...connection, LC_ALL: 'C', TZ: 'UTC' }
  }
}

/**
 * Facts behind the less usual lines: DocumentDB and pg_cron connect back by libpq, and hang on TCP when FerretDB has
 * the same port number; only `extended_rum` indexes give an order, and `enable_sort=off` makes the planner take them
 * before the first ANALYZE.
 */
export const postgresSettings = (socketFolder: string): string => `listen_addresses = ''
port = 5432
unix_socket_directories = '${socketFolder}'
unix_socket_permissions = 0700
shared_preload_libraries = 'pg_cron,pg_documentdb_core,pg_documentdb_extended_rum,pg_documentdb'
cron.database_name = 'postgres'
cron.host = '${socketFolder}'
cron.log_run = off
cron.log_statement = off
documentdb.alternate_index_handler_name = 'extended_rum'
documentdb.localhost_connection_string = 'host=${socketFolder}'
max_connections = 100
shared_buffers = ${SHARED_BUFFERS_MIB}MB
dynamic_shared_memory_type = mmap
huge_pages = off
wal_level = minimal
max_wal_senders = 0
synchronous_commit = on
commit_delay = 500
commit_siblings = 4
wal_buffers = ${WAL_BUFFERS_MIB}MB
max_wal_size = 2GB
min_wal_size = 512MB
checkpoint_timeout = 15min
autovacuum_naptime = 60s
autovacuum_analyze_threshold = 500
enable_sort = off
max_parallel_workers_per_gather = 0
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
`
