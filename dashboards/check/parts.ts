import type { Result } from '../../reports/schema/result.ts'
import type { Part } from '../board.ts'

/** Origins of engines on this machine that are the lab's own. */
const native = ['path', 'provisioned']
/** Those that an exporter beside the lab reaches. */
const asked = [...native, 'container']

/** The parts of a run, from its result: not from the data that is checked. */
export function partsOf({ target }: Pick<Result, 'target'>): ReadonlySet<Part> {
  const processes = target.processes
  const own = (role: RegExp, product: RegExp, origins: readonly string[]) =>
    target.engines.some(
      (each) => role.test(each.role) && product.test(each.engine.product) && origins.includes(each.origin),
    )
  const has: Readonly<Record<Part, boolean>> = {
    log: target.engines.some(({ role }) => role === 'log'),
    persister: processes.some((name) => name.includes('persister')),
    redis: target.fanout === 'redis',
    'several gateways': processes.filter((name) => name.startsWith('gateway')).length > 1,
    'figures of Kafka': own(/^log$/, /./, native),
    'figures of MySQL': own(/^store$/, /^MySQL/, asked),
    'figures of Cassandra': own(/^store$/, /Cassandra/, native),
    'figures of PostgreSQL': own(/^store$/, /^FerretDB/, native),
    'figures of Redis': own(/^(fanout|cache)$/, /./, asked),
    'store server': target.engines.some(({ role, engine }) => role === 'store' && engine.product !== 'SQLite'),
  }
  return new Set((Object.keys(has) as Part[]).filter((part) => has[part]))
}
