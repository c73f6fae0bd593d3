import type { FastifyRequest } from 'fastify'
import { ChatError } from '../../protocol/errors.ts'
import type { Claims, Tokens } from '../tokens.ts'

/** Who sends a request: checked before its body is read. */
export interface Sessions {
  /** A fastify `onRequest` hook: rejects with AUTH-401 or AUTH-419. */
  authenticate(request: FastifyRequest): Promise<void>
  /** The bearer of a request that `authenticate` let through. */
  claims(request: FastifyRequest): Claims
}

export function bearerSessions(tokens: Tokens): Sessions {
  const known = new WeakMap<FastifyRequest, Claims>()
  return {
    authenticate: async (request) => {
      known.set(request, await tokens.verify(bearerToken(request)))
    },
    claims: (request) => {
      const claims = known.get(request)
      if (!claims) throw new ChatError('SYS-500', 'The route asked who calls without checking the token')
      return claims
    },
  }
}

/** The token of `Authorization: Bearer <token>` (RFC 6750 section 2.1); empty when there is none. */
export function bearerToken(request: FastifyRequest): string {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
}
