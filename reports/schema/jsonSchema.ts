import { ComparisonSchema } from './comparison.ts'
import { ResultSchema } from './result.ts'

/** The text of `result.schema.json`: the contract for readers that are not this program. */
export const resultJsonSchema = (): string => schemaText(ResultSchema)

/** The text of `comparison.schema.json`. */
export const comparisonJsonSchema = (): string => schemaText(ComparisonSchema)

function schemaText(schema: object): string {
  return `${JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', ...schema }, null, 2)}\n`
}
