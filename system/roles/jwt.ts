import { errors as joseErrors, jwtVerify, SignJWT } from 'jose'
import { ChatError } from '../protocol/errors.ts'
import type { Claims, Tokens } from './tokens.ts'

const algorithm = 'HS256'
/** RFC 7518 section 3.2: an HS256 key has at least the 256 bits of the hash. */
export const minSecretBytes = 32

/**
 * Access tokens signed and checked with one shared secret. `nowMs` is the clock that both sides of the expiry use.
 * Throws a RangeError when the secret is shorter than `minSecretBytes`.
 */
export async function createTokens(secret: string, nowMs: () => number = Date.now): Promise<Tokens> {
  const bytes = new TextEncoder().encode(secret)
  if (bytes.byteLength < minSecretBytes) throw new RangeError(`A token secret has at least ${minSecretBytes} bytes`)
  // Imported once: a raw secret given to jose would be imported again for every token.
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify'])
  return {
    sign: (user, lifetimeMs) => {
      const now = nowMs()
      return new SignJWT({ nickname: user.nickname })
        .setProtectedHeader({ alg: algorithm })
        .setSubject(user.id)
        .setIssuedAt(Math.floor(now / 1000))
        .setExpirationTime(Math.ceil((now + lifetimeMs) / 1000))
        .sign(key)
    },
    verify: async (token) => {
      if (token === '')
        throw new ChatError('AUTH-401', 'No access token was given: log in and send `Authorization: Bearer <token>`')
      try {
        // The list of algorithms is what keeps out `none` and tokens signed with a public key.
        const options = { algorithms: [algorithm], currentDate: new Date(nowMs()) }
        const { payload } = await jwtVerify(token, key, options)
        return claimsOf(payload)
      } catch (error) {
        if (error instanceof joseErrors.JWTExpired)
          throw new ChatError('AUTH-419', 'The access token has expired: get a new one with the refresh token', {
            cause: error,
          })
        throw new ChatError('AUTH-401', 'The access token is not valid here: log in again', { cause: error })
      }
    },
  }
}

function claimsOf(payload: { sub?: string; exp?: number; nickname?: unknown }): Claims {
  const { sub, exp, nickname } = payload
  if (typeof sub !== 'string' || typeof exp !== 'number' || typeof nickname !== 'string')
    throw new TypeError('a claim is missing or of the wrong type')
  return { userId: sub, nickname, expiresAtMs: exp * 1000 }
}
