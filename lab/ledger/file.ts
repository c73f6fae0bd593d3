/** Flags of one message in `ledger.bin` (scenarios/generator/OUTPUT.md). */
export const flag = { sent: 1, acked: 2, refused: 4, wrongBody: 8, seqsDiffer: 16 } as const

/** One generator's messages as columns, indexed by `k`, the due order over all rooms. */
export interface LedgerFile {
  readonly generator: number
  readonly messages: number
  /** Bits a message in `delivered` and `excused`. */
  readonly maxMembers: number
  readonly rooms: number
  /** As read in the first MESSAGE; 0 = never delivered. Exact: sequences stay below 2^53. */
  readonly seq: Float64Array
  /** CRC-32 of the body as sent. */
  readonly crc: Uint32Array
  readonly room: Uint16Array
  readonly flags: Uint8Array
  readonly delivered: Uint8Array
  /** Deliveries nobody may ask for: the member was away and the run ended before the resume. Null when there are none. */
  readonly excused: Uint8Array | null
}

interface Header {
  readonly generator: number
  readonly messages: number
  readonly maxMembers: number
  readonly rooms: number
  readonly columns: Readonly<Record<string, { readonly offset: number; readonly type: string }>>
}

const magic = 'LABLEDG1'
const fixedBytes = magic.length + 4

/** Throws when the file is cut short or is no ledger. The columns are copied: `bytes` may be reused. */
export function readLedger(bytes: Uint8Array): LedgerFile {
  if (bytes.length < fixedBytes || new TextDecoder('latin1').decode(bytes.subarray(0, magic.length)) !== magic)
    throw new Error(`ledger.bin does not begin with ${magic}: it is cut short or another file`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const columnsAt = fixedBytes + view.getUint32(magic.length, true)
  if (columnsAt > bytes.length) throw new Error('ledger.bin is cut short within its header')
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(fixedBytes, columnsAt))) as Header
  const { messages, maxMembers } = header
  const column = (name: string, byteLength: number): ArrayBuffer => {
    const place = header.columns[name]
    if (place === undefined) throw new Error(`ledger.bin has no column "${name}"`)
    const from = columnsAt + place.offset
    // A Buffer's own `slice` would give a view into the whole file.
    const copy = Uint8Array.prototype.slice.call(bytes, from, from + byteLength)
    if (copy.length !== byteLength)
      throw new Error(`ledger.bin is cut short: column "${name}" has ${copy.length} of ${byteLength} bytes`)
    return copy.buffer as ArrayBuffer
  }
  const bitBytes = Math.ceil((messages * maxMembers) / 8)
  return {
    generator: header.generator,
    messages,
    maxMembers,
    rooms: header.rooms,
    seq: Float64Array.from(new BigUint64Array(column('seq', messages * 8)), Number),
    crc: new Uint32Array(column('crc', messages * 4)),
    room: new Uint16Array(column('room', messages * 2)),
    flags: new Uint8Array(column('flags', messages)),
    delivered: new Uint8Array(column('delivered', bitBytes)),
    excused: header.columns.excused === undefined ? null : new Uint8Array(column('excused', bitBytes)),
  }
}

export const hasFlag = (ledger: LedgerFile, k: number, wanted: number): boolean => (ledger.flags[k]! & wanted) !== 0

/** Whether `member`, a position within the room's member list, got message `k`. */
export function bit(bits: Uint8Array, maxMembers: number, k: number, member: number): boolean {
  const index = k * maxMembers + member
  return (bits[index >> 3]! & (1 << (index & 7))) !== 0
}

/** Messages `fromK` to `toK` (exclusive) that reached at least one receiver. */
export function deliveredMessages(ledger: LedgerFile, fromK: number, toK: number): number {
  let count = 0
  for (let k = fromK; k < Math.min(toK, ledger.messages); k++) if (ledger.seq[k] !== 0) count++
  return count
}
