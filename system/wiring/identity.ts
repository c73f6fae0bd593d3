import { limits } from '../protocol/limits.ts'
import type { ProcessIdentity } from '../roles/internal/internal.ts'
import type { RoleContext } from '../roles/role.ts'

/** What runs in this process, with the engines as they answer on the wire. */
export async function identityOf(context: RoleContext, roles: readonly string[]): Promise<ProcessIdentity> {
  const { edition, store, log, nodeId } = context
  const [storeEngine, logEngine] = await Promise.all([store.identity(), log?.identity()])
  return {
    edition: edition.name,
    pipeline: context.pipeline.name,
    fanout: edition.fanout,
    roles,
    nodeId,
    store: { engine: storeEngine, schemaVersion: store.schemaVersion, durability: store.guarantees.durability },
    log: log && logEngine ? { engine: logEngine, durability: log.guarantees.durability } : null,
    knobs: { ...edition.knobs },
    limits,
  }
}
