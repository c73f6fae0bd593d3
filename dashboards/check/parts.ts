import type { Result } from '../../reports/schema/result.ts'
import type { Part } from '../board.ts'

/** The parts of a run, from its result: not from the data that is checked. */
export function partsOf({ target }: Pick<Result, 'target'>): ReadonlySet<Part> {
  const processes = target.processes
  const has: Readonly<Record<Part, boolean>> = {
    log: target.engines.some(({ role }) => role === 'log'),
    persister: processes.some((name) => name.includes('persister')),
    redis: target.fanout === 'redis',
    'several gateways': processes.filter((name) => name.startsWith('gateway')).length > 1,
    'store server': target.engines.some(({ role, engine }) => role === 'store' && engine.product !== 'SQLite'),
  }
  return new Set((Object.keys(has) as Part[]).filter((part) => has[part]))
}
