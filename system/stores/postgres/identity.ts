import type { EngineIdentity } from '../../protocol/identity.ts'
import type { Statements } from './pool.ts'

export interface Engine {
  readonly identity: EngineIdentity
  /** Whether a commit is acknowledged after its WAL was fsynced. */
  readonly fsyncs: boolean
}

/** A setting the server does not know is null. */
const sql = `SELECT version() AS version, current_setting('fsync', true) AS fsync,
  current_setting('synchronous_commit', true) AS "synchronousCommit",
  current_setting('full_page_writes', true) AS "fullPageWrites"`

interface Answer {
  readonly version: string
  readonly fsync: string | null
  readonly synchronousCommit: string | null
  readonly fullPageWrites: string | null
}

/** Asks who answers, and how durable its commits are: both are the server's settings, not ours. */
export async function askEngine(statements: Statements): Promise<Engine> {
  const [answer] = await statements.rows<Answer>(sql)
  return engineFrom(answer!)
}

/** Other products say in `version()` who they are, and their own version there. */
const others: readonly (readonly [RegExp, string])[] = [
  [/CockroachDB \S+ v?(\d[\d.]*)/i, 'CockroachDB'],
  [/-YB-(\d[\d.]*)/, 'YugabyteDB'],
  [/Greenplum Database (\d[\d.]*)/i, 'Greenplum'],
  [/EnterpriseDB Advanced Server (\d[\d.]*)/i, 'EDB Postgres Advanced Server'],
  [/openGauss (\d[\d.]*)/i, 'openGauss'],
  [/Redshift (\d[\d.]*)/i, 'Amazon Redshift'],
  [/Materialize v?(\d[\d.]*)/i, 'Materialize'],
  [/CrateDB (\d[\d.]*)/i, 'CrateDB'],
]

export function engineFrom({ version: text, fsync, synchronousCommit, fullPageWrites }: Answer): Engine {
  const details = [
    text.replace(/,? compiled by .*/, ''),
    `fsync ${fsync ?? 'unknown'}`,
    `synchronous commit ${synchronousCommit ?? 'unknown'}`,
    `full page writes ${fullPageWrites ?? 'unknown'}`,
  ].join(', ')
  // `local`, `remote_write` and `remote_apply` wait for this server's own fsync as well.
  const fsyncs = fsync === 'on' && synchronousCommit !== null && synchronousCommit !== 'off'
  return { identity: { ...productOf(text), details }, fsyncs }
}

function productOf(text: string): Omit<EngineIdentity, 'details'> {
  for (const [pattern, product] of others) {
    const version = pattern.exec(text)?.[1]
    if (version !== undefined) return { product, version, compatibleWith: 'PostgreSQL' }
  }
  const version = /^PostgreSQL (\d+(?:\.\d+)*\S*)/.exec(text)?.[1]
  if (version !== undefined) return { product: 'PostgreSQL', version }
  return { product: 'an engine without a name', version: 'unknown', compatibleWith: 'PostgreSQL' }
}
