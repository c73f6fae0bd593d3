/** Exporters: programs that ask an engine for its own figures and expose them to Prometheus. */
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ExportedEngine } from '../component.ts'
import { findProgram } from '../native/programs.ts'
import type { Recipe } from '../provision/cache.ts'
import type { ProvisionContext } from '../provision/context.ts'
import { loaderOf, missingLibraries, unpackDebian, wrapPrograms } from '../provision/debian.ts'

const SUITE = 'sid'
const NEED_BYTES = 60e6

/** By engine: the Debian package, which names its program so as well, and the name its makers give the program. */
const EXPORTERS = {
  mysql: { debian: 'prometheus-mysqld-exporter', upstream: 'mysqld_exporter' },
} as const satisfies Record<ExportedEngine, { readonly debian: string; readonly upstream: string }>

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
export async function exporterProgram(engine: ExportedEngine, context: ProvisionContext): Promise<string> {
  const { debian, upstream } = EXPORTERS[engine]
  const found = findProgram(upstream, context.env) ?? findProgram(debian, context.env)
  if (found) return found
  return join(await context.cache.entry(recipe(debian, context), context.signal), 'usr/bin', debian)
}
