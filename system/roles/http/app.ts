import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Static, TSchema } from '@sinclair/typebox'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyTypeProvider,
  LogController,
  type RawServerDefault,
} from 'fastify'
import type { Logger } from 'pino'
import { ChatError } from '../../protocol/errors.ts'
import { toChatError } from './failures.ts'
import { schemaValidation } from './validation.ts'

interface TypeBoxProvider extends FastifyTypeProvider {
  validator: this['schema'] extends TSchema ? Static<this['schema']> : unknown
  serializer: this['schema'] extends TSchema ? Static<this['schema']> : unknown
}

/** A fastify application whose routes are typed by their TypeBox schemas. */
export type App = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, TypeBoxProvider>

/** Enough for every request but those that say otherwise. */
const bodyLimitBytes = 64 * 1024

/**
 * An application on the `request` event of a server that somebody else binds and closes; `upgrade` is left alone.
 * Every error leaves as `{code, message, retryable}` with the status of the error table.
 */
export function createApp(server: Server, logger: Logger): App {
  const app = Fastify({
    loggerInstance: logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyLimitBytes,
    // What the router cannot read never gets as far as the error handler.
    frameworkErrors: sendError,
    serverFactory: (handler) => server.on('request', handler),
  }).withTypeProvider<TypeBoxProvider>()
  app.setValidatorCompiler(schemaValidation())
  app.setErrorHandler(sendError)
  app.setNotFoundHandler((request, reply) => {
    const answer = new ChatError(
      'SYS-404',
      `There is no ${request.method} ${pathOf(request.url)} here: see /openapi.json`,
    )
    return reply.code(answer.status).send(errorBody(answer))
  })
  return app as unknown as App
}

function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const answer = toChatError(error)
  if (answer.status >= 500) request.log.error({ err: error, code: answer.code }, 'request failed')
  if (answer.code === 'SYS-503') reply.header('retry-after', '1')
  return reply.code(answer.status).send(errorBody(answer))
}

function errorBody({ code, message, retryable }: ChatError): { code: string; message: string; retryable: boolean } {
  return { code, message, retryable }
}

/** A query may hold a token; it is not repeated in an answer. */
function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? ''
}
