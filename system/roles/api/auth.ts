import type { User } from '../../stores/directory.ts'
import type { App } from '../http/app.ts'
import { createAccounts } from './accounts.ts'
import type { ApiParts } from './parts.ts'
import * as shape from './schemas.ts'

/** /v1/auth: the only routes that take no access token, but for the check of one. */
export function authRoutes(app: App, { context, sessions, bearer, answers }: ApiParts): void {
  const accounts = createAccounts(context.store.directory, context.tokens)
  const tags = ['accounts']
  app.post('/v1/auth/signup', {
    schema: { tags, summary: 'Makes a user', body: shape.SignUp, response: answers({ 201: shape.UserView }) },
    handler: async ({ body }, reply) => reply.code(201).send(userView(await accounts.signUp(body))),
  })
  app.post('/v1/auth/login', {
    schema: {
      tags,
      summary: 'Gives tokens for a password',
      body: shape.Login,
      response: answers({ 200: shape.LoggedIn }),
    },
    handler: async ({ body }) => {
      const { access, refresh, user } = await accounts.logIn(body.login, body.password)
      return { access, refresh, user: userView(user) }
    },
  })
  app.post('/v1/auth/refresh', {
    schema: {
      tags,
      summary: 'Spends a refresh token for a new pair',
      body: shape.RefreshToken,
      response: answers({ 200: shape.TokenPair }),
    },
    handler: async ({ body }) => accounts.refresh(body.refresh),
  })
  app.post('/v1/auth/logout', {
    schema: {
      tags,
      summary: 'Spends a refresh token',
      body: shape.RefreshToken,
      response: answers({ 204: shape.Nothing }),
    },
    handler: async ({ body }, reply) => {
      await accounts.logOut(body.refresh)
      return reply.code(204).send(null)
    },
  })
  app.get('/v1/auth/check', {
    onRequest: sessions.authenticate,
    schema: {
      tags,
      summary: 'Who an access token belongs to',
      security: bearer,
      response: answers({ 200: shape.CheckedToken }),
    },
    handler: async (request) => sessions.claims(request),
  })
}

export function userView({ id, login, email, nickname }: User) {
  return { id, login, email, nickname }
}
