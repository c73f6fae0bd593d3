import type { OperationName } from './engine.ts'
import type { ErrorRecord } from './errors.ts'
import type { Patience } from './lane.ts'

/** What the store and its worker say to each other. Ids of calls start at 1; 0 stands for opening. */
export type ToWorker =
  | { readonly kind: 'call'; readonly id: number; readonly name: OperationName; readonly args: readonly unknown[] }
  | { readonly kind: 'close' }

export type FromWorker =
  | { readonly kind: 'open'; readonly schemaVersion: number }
  | { readonly kind: 'done'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly error: ErrorRecord }

export const patience: Patience = { totalMs: 30_000, retryMs: 20 }
