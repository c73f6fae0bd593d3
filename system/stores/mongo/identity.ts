import type { Db, Document } from 'mongodb'
import type { EngineIdentity } from '../../protocol/identity.ts'

/**
 * Who answers: the genuine server, or FerretDB, which says so by a key of its own in `buildInfo` and gives a
 * MongoDB version beside it for its clients' sake.
 */
export async function identityOf(db: Db): Promise<EngineIdentity> {
  const build = await db.admin().command({ buildInfo: 1 })
  const ferretdb = build.ferretdb as { version?: string } | undefined
  if (!ferretdb) return { product: 'MongoDB', version: String(build.version), ...genuineDetails(build) }
  return {
    product: 'FerretDB',
    version: String(ferretdb.version ?? build.version).replace(/^v/, ''),
    compatibleWith: `MongoDB ${build.version}`,
    details: await engineBehind(db),
  }
}

function genuineDetails(build: Document): { details?: string } {
  const parts = [build.modules?.length ? `modules ${build.modules.join(', ')}` : '', build.gitVersion ?? '']
  const details = parts.filter(Boolean).join(', ')
  return details ? { details } : {}
}

/** FerretDB stores nothing itself; what does is named in its start-up lines only. Undefined where they may not be read. */
async function engineBehind(db: Db): Promise<string | undefined> {
  const { log } = await db
    .admin()
    .command({ getLog: 'startupWarnings' })
    .catch(() => ({ log: [] }))
  for (const line of log as string[]) {
    const found = /Powered by FerretDB \S+ and (DocumentDB \S+) \((PostgreSQL [^)]+)\)/.exec(line)
    if (found) return `${found[2]} with ${found[1]}`
  }
  return undefined
}
