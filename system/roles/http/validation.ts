import { Ajv, type ErrorObject } from 'ajv'
import type { FastifySchema, FastifySchemaCompiler } from 'fastify'

/** A request that breaks its schema; the text lists every problem. */
export class InvalidRequest extends Error {
  constructor(problems: readonly string[]) {
    super(`${problems.length === 1 ? 'One problem' : `${problems.length} problems`}: ${problems.join('; ')}`)
    this.name = 'InvalidRequest'
  }
}

/** More would only repeat one mistake, e.g. in each of 10,000 member ids. */
const shownProblems = 20

/**
 * Checks bodies as they are and reads numbers from paths and queries, where everything is text. Unlike fastify's own
 * compiler it neither turns a number in a body into text nor drops unknown fields silently.
 */
export function schemaValidation(): FastifySchemaCompiler<FastifySchema> {
  const options = { allErrors: true, useDefaults: true, removeAdditional: false, strict: true } as const
  const bodies = new Ajv({ ...options, coerceTypes: false })
  const texts = new Ajv({ ...options, coerceTypes: true })
  return ({ schema, httpPart }) => {
    const check = (httpPart === 'body' ? bodies : texts).compile(schema)
    return (data: unknown) => {
      if (check(data)) return { value: data }
      const problems = (check.errors ?? []).map((error) => problemText(httpPart ?? 'request', error))
      const more = problems.length - shownProblems
      if (more > 0) problems.splice(shownProblems, more, `and ${more} more`)
      return { error: new InvalidRequest(problems) }
    }
  }
}

function problemText(part: string, error: ErrorObject): string {
  const place = part + error.instancePath.replaceAll('/', '.')
  const { additionalProperty, allowedValues } = error.params as {
    additionalProperty?: string
    allowedValues?: string[]
  }
  if (additionalProperty !== undefined) return `${place} has the unknown field "${additionalProperty}"`
  if (allowedValues !== undefined) return `${place} must be one of ${allowedValues.join(', ')}`
  return `${place} ${error.message}`
}
