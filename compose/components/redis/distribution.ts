/** Valkey from Debian: `valkey-server` with the libraries it loads, unpacked into the cache without root. */
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Recipe, Source } from '../../provision/cache.ts'
import type { ProvisionContext } from '../../provision/context.ts'
import { loaderOf, missingLibraries, unpackDebian, wrapPrograms } from '../../provision/debian.ts'

const PACKAGE = 'valkey-server'
const SUITE = 'sid'
/** Of package valkey-tools; `valkey-server` is a link to it that means the server by its name alone. */
const BINARY = 'usr/bin/valkey-check-rdb'
const PROGRAM = 'usr/bin/valkey-server'
/** The part of the closure the server loads, found by `ld.so --list`. */
const KEEP =
  /valkey-(?:server|tools)|zlib1g|lib(?:c6|gcc-s1|stdc\+\+6|atomic1|jemalloc2|lzf1|zstd1|ssl3.*|systemd0|cap2|gcrypt20|lz4-1|lzma5|gpg-error0)/
const EVERYTHING = /.*/

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

/** The kept part of the closure, or all of it when the suite has renamed a library since `KEEP` was written. */
async function unpack(prefix: string, context: ProvisionContext): Promise<Source[]> {
  for (const keep of [KEEP, EVERYTHING]) {
    const work = await mkdtemp(join(prefix, 'apt-'))
    const request = { component: 'redis', suite: SUITE, packages: [PACKAGE], keep }
    const sources = await unpackDebian(request, prefix, work, context)
    await rm(work, { recursive: true, force: true })
    const missing = await missingLibraries(prefix, loaderOf(prefix, []), [BINARY], context)
    if (missing.length === 0) return sources
    if (keep === EVERYTHING)
      throw new Error(`Debian ${SUITE} lacks libraries its own packages need: ${missing.join(', ')}`)
    context.onProgress({ component: 'redis', step: `fetching the whole closure, for ${missing.join(', ')} is missing` })
  }
  return []
}

export const unpackedServer = (prefix: string): string => join(prefix, PROGRAM)
