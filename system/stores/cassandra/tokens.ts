import type { Session } from './session.ts'

/** Longest time to live the engine takes, 20 years. */
const mostSeconds = 630_720_000

/** Refresh tokens: both ways are compare-and-set, so that of two who take one token at once one gets it. */
export class Tokens {
  readonly #session: Session

  constructor(session: Session) {
    this.#session = session
  }

  async put(hash: string, userId: string, expiresAtMs: number): Promise<void> {
    const seconds = Math.ceil((expiresAtMs - Date.now()) / 1_000)
    const insert =
      'INSERT INTO refresh_tokens (hash, user_id, expires_at_ms) VALUES (?, ?, ?) IF NOT EXISTS USING TTL ?'
    await this.#session.conditional(insert, [hash, userId, expiresAtMs, Math.min(Math.max(seconds, 1), mostSeconds)])
  }

  async take(hash: string): Promise<{ userId: string; expiresAtMs: number } | undefined> {
    const select = 'SELECT user_id, expires_at_ms FROM refresh_tokens WHERE hash = ?'
    const [row] = await this.#session.serialRows(select, [hash])
    if (!row || !(await this.#session.conditional('DELETE FROM refresh_tokens WHERE hash = ? IF EXISTS', [hash])))
      return undefined
    return { userId: row.user_id, expiresAtMs: row.expires_at_ms.toNumber() }
  }
}
