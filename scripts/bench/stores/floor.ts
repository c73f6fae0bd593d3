import type { ChatMessage } from '../../../system/protocol/message.ts'

/** What a store is compared with: the bare driver, on tables of its own that look like the store's. */
export interface Floor<Prepared = unknown> {
  /** What the driver can be given as it is; not counted. */
  prepare(batch: readonly ChatMessage[]): Prepared
  append(prepared: Prepared): Promise<void>
  /** Drops the database at `url`, the store's tables too. */
  close(): Promise<void>
}
