import { type Static, Type } from '@sinclair/typebox'
import { Count, closed, Nullable } from './quantities.ts'

/** What became of every message. */

export const ledgerCounters = [
  'lost_after_ack',
  'undelivered',
  'delivered_unsaved',
  'duplicate_deliveries',
  'duplicate_rows',
  'reordered',
  'order_mismatch',
  'corrupted',
] as const

const MessageIdentity = Type.Object({ generator: Count, room: Count, k: Count }, closed)
export const Ledger = Type.Object(
  {
    /** intended, sent, acked, logged, persisted, delivered, searchable: count null where the stage does not exist here. */
    funnel: Type.Array(Type.Object({ stage: Type.String(), count: Nullable(Count), note: Type.String() }, closed)),
    counters: Type.Array(
      Type.Object(
        {
          name: Type.Union(ledgerCounters.map((name) => Type.Literal(name))),
          invariant: Type.String(),
          /** null: the audit could not tell. */
          count: Nullable(Count),
          examples: Type.Array(MessageIdentity),
        },
        closed,
      ),
    ),
    indeterminate: Type.Object({ count: Count, stored: Nullable(Count), notStored: Nullable(Count) }, closed),
    audit: Type.Object(
      {
        complete: Type.Boolean(),
        reader: Type.String(),
        rowsRead: Count,
        foreignRows: Count,
        /** Rows of the preloaded history; in no other figure of the ledger, `rowsRead` neither. */
        historyRows: Count,
        durationMs: Count,
        problem: Nullable(Type.String()),
      },
      closed,
    ),
  },
  closed,
)

export type LedgerResult = Static<typeof Ledger>
