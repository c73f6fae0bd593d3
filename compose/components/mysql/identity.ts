/** Who answers the MySQL protocol, as it says of itself. */
import type { EngineIdentity } from '../../component.ts'

/** Servers of MySQL's protocol that say in `version()` or `version_comment` that they are another product. */
const OTHERS = [
  [/MariaDB/i, 'MariaDB'],
  [/Percona/i, 'Percona Server'],
  [/TiDB/i, 'TiDB'],
  [/Vitess/i, 'Vitess'],
  [/OceanBase/i, 'OceanBase'],
] as const

export function engineOf(version: string, comment: string): EngineIdentity {
  const number = /\d+(?:\.\d+)+/.exec(version.replace(/^5\.5\.5-/, ''))?.[0] ?? version
  const other = OTHERS.find(([pattern]) => pattern.test(`${version} ${comment}`))?.[1]
  if (other === undefined) return { product: 'MySQL', version: number, details: comment }
  const ownNumber = /TiDB-v([\d.]+)/.exec(version)?.[1] ?? number
  return { product: other, version: ownNumber, compatibleWith: 'MySQL', details: comment }
}

/** Connects, asks and closes. Rejects with the driver's error when nobody answers or the credentials are refused. */
export async function identify(url: string, timeoutMs: number): Promise<EngineIdentity> {
  // Loaded when it is needed: a run without MySQL should not wait for its driver.
  const { createConnection } = await import('mysql2/promise')
  const connection = await createConnection({ uri: url, connectTimeout: timeoutMs })
  try {
    const sql = 'SELECT VERSION() AS version, @@version_comment AS comment'
    const [rows] = await connection.query({ sql, timeout: timeoutMs })
    const [row] = rows as { version: string; comment: string }[]
    return engineOf(row?.version ?? '', row?.comment ?? '')
  } finally {
    connection.destroy()
  }
}
