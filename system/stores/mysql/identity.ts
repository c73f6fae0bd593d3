import type { EngineIdentity } from '../../protocol/identity.ts'
import type { Statements } from './pool.ts'

export interface Engine {
  readonly identity: EngineIdentity
  /** Whether a commit is acknowledged after its redo log, and its binary log where there is one, were fsynced. */
  readonly fsyncs: boolean
}

const sql = `SELECT VERSION() AS version, @@version_comment AS comment, @@innodb_flush_log_at_trx_commit AS flush,
  @@innodb_doublewrite AS doublewrite, @@log_bin AS binlog, @@sync_binlog AS syncBinlog`

interface Answer {
  readonly version: string
  readonly comment: string
  readonly flush: number
  /** A number on older servers, a word since. */
  readonly doublewrite: number | string
  readonly binlog: number
  readonly syncBinlog: number
}

/** Asks who answers, and how durable its commits are: both are the server's settings, not ours. */
export async function askEngine(statements: Statements): Promise<Engine> {
  const [answer] = await statements.rows<Answer>(sql)
  return engineFrom(answer!)
}

/** Other products say who they are in `version()` or `version_comment`; the version they give first is MySQL's. */
const others: readonly (readonly [RegExp, string])[] = [
  [/MariaDB/i, 'MariaDB'],
  [/Percona/i, 'Percona Server'],
  [/TiDB/i, 'TiDB'],
  [/Vitess/i, 'Vitess'],
  [/OceanBase/i, 'OceanBase'],
]

export function engineFrom({ version, comment, flush, doublewrite, binlog, syncBinlog }: Answer): Engine {
  const number = /\d+(?:\.\d+)+/.exec(version.replace(/^5\.5\.5-/, ''))?.[0] ?? version
  const product = others.find(([pattern]) => pattern.test(`${version} ${comment}`))?.[1]
  const details = [
    comment,
    `InnoDB flush at commit ${flush}`,
    `doublewrite ${doublewrite === 1 ? 'ON' : doublewrite === 0 ? 'OFF' : doublewrite}`,
    binlog === 1 ? `binary log fsynced every ${syncBinlog} commits` : 'no binary log',
  ].join(', ')
  const identity: EngineIdentity =
    product === undefined
      ? { product: 'MySQL', version: number, details }
      : { product, version: /TiDB-v([\d.]+)/.exec(version)?.[1] ?? number, compatibleWith: 'MySQL', details }
  return { identity, fsyncs: flush === 1 }
}
