/** Valkey from Debian: `valkey-server` with the libraries it loads, unpacked into the cache without root. */
import { join } from 'node:path'
import type { Recipe, Source } from '../../provision/cache.ts'
import type { ProvisionContext } from '../../provision/context.ts'
import { loaderOf, unpackLoadable, wrapPrograms } from '../../provision/debian.ts'

const PACKAGE = 'valkey-server'
const SUITE = 'sid'
/** Of package valkey-tools; `valkey-server` is a link to it that means the server by its name alone. */
const BINARY = 'usr/bin/valkey-check-rdb'
const PROGRAM = 'usr/bin/valkey-server'
/** The part of the closure the server loads, found by `ld.so --list`. */
const KEEP =
  /valkey-(?:server|tools)|zlib1g|lib(?:c6|gcc-s1|stdc\+\+6|atomic1|jemalloc2|lzf1|zstd1|ssl3.*|systemd0|cap2|gcrypt20|lz4-1|lzma5|gpg-error0)/

/** 11 MB of package lists and 8 MB of packages. */
export const REDIS_DOWNLOAD_BYTES = 19e6
export const REDIS_DISK_BYTES = 28e6
const WORK_BYTES = 250e6

export const redisRecipe = (context: ProvisionContext): Recipe => ({
  name: 'redis',
  version: SUITE,
  key: [PACKAGE, SUITE, process.arch, KEEP.source].join(' '),
  needBytes: REDIS_DISK_BYTES + WORK_BYTES,
  make: async (folder, fetched, signal) => {
    for (const source of await unpack(folder, { ...context, signal })) fetched(source)
    await wrapPrograms(folder, loaderOf(folder, []), [PROGRAM])
  },
})

const unpack = (prefix: string, context: ProvisionContext): Promise<Source[]> =>
  unpackLoadable(
    { component: 'redis', suite: SUITE, packages: [PACKAGE], keep: KEEP },
    { files: [BINARY], libraryFolders: [] },
    prefix,
    context,
  )

export const unpackedServer = (prefix: string): string => join(prefix, PROGRAM)
