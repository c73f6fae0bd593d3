import { createHash, randomBytes } from 'node:crypto'
import { monotonicFactory } from 'ulid'
import { ChatError } from '../../protocol/errors.ts'
import type { Directory, User } from '../../stores/directory.ts'
import type { Tokens } from '../tokens.ts'
import { hashPassword, passwordMatches } from './passwords.ts'

export const accessLifetimeMs = 3_600_000
export const refreshLifetimeMs = 14 * 24 * 3_600_000

export interface TokenPair {
  readonly access: string
  readonly refresh: string
}

/** Sign-up, login and the rotation of refresh tokens. */
export interface Accounts {
  /** Rejects with AUTH-409 when a name is taken. */
  signUp(request: { login: string; email: string; nickname: string; password: string }): Promise<User>
  /** Rejects with the same AUTH-401, after the same time, for an unknown login and for a wrong password. */
  logIn(login: string, password: string): Promise<TokenPair & { user: User }>
  /** Spends the refresh token for a new pair; a spent, unknown or expired one is AUTH-401. */
  refresh(refreshToken: string): Promise<TokenPair>
  /** Spends the refresh token; unknown ones are fine. */
  logOut(refreshToken: string): Promise<void>
}

const nextUserId = monotonicFactory()

export function createAccounts(directory: Directory, tokens: Tokens, nowMs: () => number = Date.now): Accounts {
  const issue = async (user: Pick<User, 'id' | 'nickname'>): Promise<TokenPair> => {
    const refresh = randomBytes(32).toString('base64url')
    await directory.putRefresh(hashToken(refresh), user.id, nowMs() + refreshLifetimeMs)
    return { access: await tokens.sign(user, accessLifetimeMs), refresh }
  }
  return {
    signUp: async ({ login, email, nickname, password }) => {
      const passwordHash = await hashPassword(password)
      const user = { id: nextUserId(), login, email, nickname, passwordHash, createdAtMs: nowMs() }
      await directory.addUser(user)
      return user
    },
    logIn: async (login, password) => {
      const user = await directory.userByLogin(login)
      const matches = await passwordMatches(password, user?.passwordHash)
      if (!user || !matches) throw new ChatError('AUTH-401', 'Login or password is wrong')
      return { ...(await issue(user)), user }
    },
    refresh: async (refreshToken) => {
      const taken = await directory.takeRefresh(hashToken(refreshToken))
      const [user] = taken && taken.expiresAtMs > nowMs() ? await directory.usersByIds([taken.userId]) : []
      if (!user) throw new ChatError('AUTH-401', 'The refresh token is spent, expired or unknown: log in again')
      return issue(user)
    },
    logOut: async (refreshToken) => {
      await directory.takeRefresh(hashToken(refreshToken))
    },
  }
}

/** A refresh token has 256 random bits: a plain hash hides it, nothing slower is needed. */
function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}
