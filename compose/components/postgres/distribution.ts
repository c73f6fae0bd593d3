/** PostgreSQL 18 from Debian, with DocumentDB: one closure for the backend `postgres` and for FerretDB. */
import { copyFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ComponentName } from '../../component.ts'
import type { Recipe, Source } from '../../provision/cache.ts'
import type { ProvisionContext } from '../../provision/context.ts'
import { loaderOf, unpackLoadable, wrapPrograms } from '../../provision/debian.ts'

const PACKAGE = 'postgresql-18-documentdb'
const SUITE = 'sid'
export const BIN = 'usr/lib/postgresql/18/bin'
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

/** `component`: whom it is fetched for. */
export const postgresRecipe = (component: ComponentName, context: ProvisionContext): Recipe => ({
  name: 'postgres-documentdb',
  version: '18',
  key: [PACKAGE, SUITE, process.arch, KEEP.source].join(' '),
  needBytes: POSTGRES_DISK_BYTES + WORK_BYTES,
  make: async (folder, fetched, signal) => {
    for (const source of await unpack(component, folder, { ...context, signal })) fetched(source)
    await wrapPrograms(folder, loaderOf(folder, [LIB, 'usr/lib']), PROGRAMS)
  },
})

const unpack = (component: ComponentName, prefix: string, context: ProvisionContext): Promise<Source[]> =>
  unpackLoadable(
    { component, suite: SUITE, packages: [PACKAGE], keep: KEEP },
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
