/** MySQL from Debian: `mysqld` with the libraries it loads, unpacked into the cache without root. */
import { join } from 'node:path'
import type { Recipe, Source } from '../../provision/cache.ts'
import type { ProvisionContext } from '../../provision/context.ts'
import { loaderOf, unpackLoadable, wrapPrograms } from '../../provision/debian.ts'
import type { Mysqld } from './server.ts'

const PACKAGE = 'mysql-server-core'
const SUITE = 'sid'
const PROGRAM = 'usr/sbin/mysqld'
const LIB = 'usr/lib/mysql/private'
/** The part of the closure the server loads, found by `ld.so --list`; without Perl, 41 of 55 packages. */
const KEEP =
  /mysql-server-core|zlib1g|lib(?:aio1.*|c6|gcc-s1|stdc\+\+6|curl4.*|fido2-1|cbor0.*|google-perftools.*|tcmalloc-minimal.*|unwind8|lzma5|icu[0-9]+|lz4-1|mecab2|numa1|protobuf.*|ssl3.*|tirpc3.*|zstd1|brotli1|nghttp.*|ngtcp2.*|idn2-0|unistring[0-9]+|psl5.*|ssh2-1.*|gssapi-krb5-2|krb5-3|k5crypto3|com-err2|krb5support0|keyutils1|ldap.*|sasl2-2|udev1|cap2|xxhash0|rtmp1|hogweed.*|nettle.*|gmp10|gnutls30.*|p11-kit0|ffi[0-9]+|tasn1-6)/

/** 11 MB of package lists and 48 MB of packages. */
export const MYSQL_DOWNLOAD_BYTES = 59e6
export const MYSQL_DISK_BYTES = 260e6
const WORK_BYTES = 400e6

export const mysqlRecipe = (context: ProvisionContext): Recipe => ({
  name: 'mysql',
  version: SUITE,
  key: [PACKAGE, SUITE, process.arch, KEEP.source].join(' '),
  needBytes: MYSQL_DISK_BYTES + WORK_BYTES,
  make: async (folder, fetched, signal) => {
    for (const source of await unpack(folder, { ...context, signal })) fetched(source)
    await wrapPrograms(folder, loaderOf(folder, [LIB]), [PROGRAM])
  },
})

const unpack = (prefix: string, context: ProvisionContext): Promise<Source[]> =>
  unpackLoadable(
    { component: 'mysql', suite: SUITE, packages: [PACKAGE], keep: KEEP },
    { files: [PROGRAM], libraryFolders: [LIB] },
    prefix,
    context,
  )

/** The program below `prefix`, told where its messages, character sets and plug-ins are: it was built for `/usr`. */
export function unpackedMysqld(prefix: string): Mysqld {
  const share = join(prefix, 'usr/share/mysql')
  return {
    program: join(prefix, PROGRAM),
    origin: 'provisioned',
    settings: [
      `--basedir=${join(prefix, 'usr')}`,
      `--lc-messages-dir=${share}`,
      `--character-sets-dir=${join(share, 'charsets')}`,
      `--plugin-dir=${join(prefix, 'usr/lib/mysql/plugin')}`,
    ],
  }
}
