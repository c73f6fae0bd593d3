import { type Static, Type } from '@sinclair/typebox'
import { Ajv } from 'ajv'

/** `generator.json`, the sums that one generator leaves behind (scenarios/generator/OUTPUT.md). */
const Count = Type.Integer({ minimum: 0 })
const Counts = Type.Record(Type.String(), Count)
const Identity = Type.Object({ generator: Count, room: Count, k: Count })
const Counter = Type.Object({ count: Count, examples: Type.Array(Identity) })
/** Null: it has not happened. */
const After = Type.Union([Count, Type.Null()])
const GeneratorSchema = Type.Object({
  schema: Type.Literal('lab.generator/1'),
  generator: Count,
  startUnixMs: Type.Number(),
  endReason: Type.String(),
  phases: Type.Array(
    Type.Object({
      phase: Type.String(),
      intended: Count,
      sent: Count,
      acked: Count,
      delivered: Count,
      refused: Counts,
      indeterminate: Count,
      goodput: Count,
      expectedDeliveries: Count,
    }),
  ),
  seconds: Type.Object({
    s: Type.Array(Count),
    intended: Type.Array(Count),
    sentByDue: Type.Array(Count),
    ackedByDue: Type.Array(Count),
    goodput: Type.Array(Count),
  }),
  counters: Type.Object({ duplicate_deliveries: Counter, reordered: Counter, corrupted: Counter }),
  overflow: Counts,
  unknownFrames: Count,
  foreignMessages: Count,
  gaps: Count,
  resumed: Count,
  reconnects: Count,
  disconnects: Count,
  closeCodes: Counts,
  cuts: Type.Object({
    atUs: Type.Array(Type.Integer()),
    code: Type.Array(Count),
    silentUs: Type.Array(After),
    connectedAfterUs: Type.Array(After),
    resumedAfterUs: Type.Array(After),
  }),
  connectFailures: Count,
  errorFrames: Count,
})

export type GeneratorSums = Static<typeof GeneratorSchema>
export type MessageIdentity = Static<typeof Identity>

const validate = new Ajv({ allErrors: true }).compile<GeneratorSums>(GeneratorSchema)

/** Throws with every problem listed when the file is not what OUTPUT.md promises. */
export function parseGeneratorSums(text: string): GeneratorSums {
  const value: unknown = JSON.parse(text)
  if (validate(value)) return value
  const problems = (validate.errors ?? []).map((error) => `${error.instancePath || '/'} ${error.message}`)
  throw new Error(`generator.json is not as documented: ${problems.join('; ')}`)
}
