/**
 * Reads a store back whole, independently of the system under test: with the engine's own driver and the layout of
 * docs/storage-layout.md, so that a fault of the system cannot hide itself.
 */
export interface StoreReader {
  /** The engine's driver and the way it is read, for the report. */
  readonly name: string
  /**
   * Hands every stored row over, once, in no particular order, in arrays that are not kept. Resolves with their number.
   * Rejects with the signal's reason when it is aborted, and with the driver's error when the store cannot be read:
   * the rows handed over until then are not the whole.
   */
  read(onRows: (rows: readonly StoredRow[]) => void, signal: AbortSignal): Promise<{ rows: number }>
  close(): Promise<void>
}

export interface StoredRow {
  readonly roomId: string
  readonly seq: number
  readonly clientMessageId: string
  /** CRC-32 (as zlib has it) of the body's UTF-8 bytes. */
  readonly bodyCrc32: number
}
