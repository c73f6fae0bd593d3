import { Type } from '@sinclair/typebox'
import type { Registry } from 'prom-client'
import type { App } from './app.ts'
import { metricsProtobuf, protobufType } from './metrics-protobuf.ts'

/** What the operations routes of a process answer from. */
export interface Probes {
  /** Reasons why the process cannot serve now; empty = ready. */
  unready(): Promise<string[]>
  readonly metrics: Registry
}

const Readiness = Type.Object({ ready: Type.Boolean(), reasons: Type.Array(Type.String()) })

/** GET /healthz (the process is up), /readyz (it can serve), /metrics (Prometheus text or protobuf): on every server of a process. */
export function probeRoutes(app: App, probes: Probes): void {
  const tags = ['operations']
  app.get('/healthz', {
    schema: { tags, summary: 'The process is up', response: { 200: Type.Object({ status: Type.Literal('ok') }) } },
    handler: async () => ({ status: 'ok' as const }),
  })
  app.get('/readyz', {
    schema: { tags, summary: 'The process can serve', response: { 200: Readiness, 503: Readiness } },
    handler: async (_request, reply) => {
      const reasons = await probes.unready()
      return reply.code(reasons.length === 0 ? 200 : 503).send({ ready: reasons.length === 0, reasons })
    },
  })
  app.get('/metrics', {
    schema: {
      tags,
      summary: 'Metrics for Prometheus: text, or protobuf where that is accepted',
      response: {
        200: {
          content: {
            'text/plain': { schema: Type.String() },
            'application/vnd.google.protobuf': {
              schema: Type.Unsafe<Uint8Array>({ type: 'string', format: 'binary' }),
            },
          },
        },
      },
    },
    handler: async ({ headers }, reply) =>
      // Prometheus names it only where it wants it first.
      headers.accept?.includes('application/vnd.google.protobuf')
        ? reply.type(protobufType).send(await metricsProtobuf(probes.metrics))
        : reply.type(probes.metrics.contentType).send(await probes.metrics.metrics()),
  })
}
