import { ResultSchema } from './result.ts'

/** The text of `result.schema.json`: the contract for readers that are not this program. */
export function resultJsonSchema(): string {
  return `${JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', ...ResultSchema }, null, 2)}\n`
}
