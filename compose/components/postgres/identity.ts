/** Who answers PostgreSQL's protocol, as it says of itself. */
import type { EngineIdentity } from '../../component.ts'

/** What a server of the protocol that is another product says in `version()`, with its own version. */
const OTHERS = [
  [/CockroachDB \S+ v?(\d[\d.]*)/i, 'CockroachDB'],
  [/-YB-(\d[\d.]*)/, 'YugabyteDB'],
  [/Greenplum Database (\d[\d.]*)/i, 'Greenplum'],
  [/EnterpriseDB Advanced Server (\d[\d.]*)/i, 'EDB Postgres Advanced Server'],
  [/openGauss (\d[\d.]*)/i, 'openGauss'],
  [/Redshift (\d[\d.]*)/i, 'Amazon Redshift'],
  [/Materialize v?(\d[\d.]*)/i, 'Materialize'],
  [/CrateDB (\d[\d.]*)/i, 'CrateDB'],
] as const

/** Reads what `version()` says. */
export function engineOf(text: string): EngineIdentity {
  const details = text.replace(/,? compiled by .*/, '')
  for (const [pattern, product] of OTHERS) {
    const version = pattern.exec(text)?.[1]
    if (version !== undefined) return { product, version, compatibleWith: 'PostgreSQL', details }
  }
  const version = /^PostgreSQL (\d+(?:\.\d+)*\S*)/.exec(text)?.[1]
  if (version !== undefined) return { product: 'PostgreSQL', version, details }
  return { product: 'an engine without a name', version: 'unknown', compatibleWith: 'PostgreSQL', details }
}

/**
 * Connects to the database the address names, else to `postgres`, asks and closes. Rejects with the driver's error when
 * nobody answers or the credentials are refused.
 */
export async function identify(url: string, timeoutMs: number): Promise<EngineIdentity> {
  // Loaded when it is needed: a run without PostgreSQL should not wait for its driver.
  const { Client } = await import('pg')
  const address = new URL(url)
  if (address.pathname.length <= 1) address.pathname = '/postgres'
  const client = new Client({
    connectionString: address.href,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<{ version: string }>('SELECT version() AS version')
    return engineOf(rows[0]?.version ?? '')
  } finally {
    await client.end()
  }
}
