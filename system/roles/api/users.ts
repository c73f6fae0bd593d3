import { ChatError } from '../../protocol/errors.ts'
import type { App } from '../http/app.ts'
import { userView } from './auth.ts'
import type { ApiParts } from './parts.ts'
import * as shape from './schemas.ts'

const maxIds = 500

/** /v1/users: one's own account, and what others may see of a user. */
export function userRoutes(app: App, { context, sessions, bearer, answers }: ApiParts): void {
  const { directory } = context.store
  const tags = ['users']
  app.get('/v1/users/me', {
    onRequest: sessions.authenticate,
    schema: {
      tags,
      summary: 'The account of the caller',
      security: bearer,
      response: answers({ 200: shape.UserView }),
    },
    handler: async (request) => {
      const [user] = await directory.usersByIds([sessions.claims(request).userId])
      if (!user) throw new ChatError('AUTH-401', 'The account of this token is gone: log in again')
      return userView(user)
    },
  })
  app.get('/v1/users', {
    onRequest: sessions.authenticate,
    schema: {
      tags,
      summary: 'Public profiles of users; unknown ids are left out',
      security: bearer,
      querystring: shape.UserIds,
      response: answers({ 200: shape.Profiles }),
    },
    handler: async ({ query }) => {
      const ids = [...new Set(query.ids.split(',').filter((id) => id !== ''))]
      if (ids.length > maxIds)
        throw new ChatError('SYS-400', `At most ${maxIds} ids a request; this one has ${ids.length}`)
      const users = await directory.usersByIds(ids)
      return { users: users.map(({ id, nickname }) => ({ id, nickname })) }
    },
  })
}
