export interface LedgerMessage {
  readonly room: number
  readonly seq: number
  readonly crc: number
  readonly flags: number
  /** Positions of the members that got it. */
  readonly delivered: readonly number[]
  readonly excused?: readonly number[]
}

/** `ledger.bin` as scenarios/generator/OUTPUT.md describes it, of generator 0. */
export function ledgerFile(messages: readonly LedgerMessage[], maxMembers: number, rooms: number): Uint8Array {
  const bits = (of: (message: LedgerMessage) => readonly number[]) => {
    const bytes = new Uint8Array(Math.ceil((messages.length * maxMembers) / 8))
    messages.forEach((message, k) => {
      for (const member of of(message)) {
        const bit = k * maxMembers + member
        bytes[bit >> 3]! |= 1 << (bit & 7)
      }
    })
    return bytes
  }
  const parts: Record<string, [type: string, bytes: Uint8Array]> = {
    seq: ['u64', new Uint8Array(BigUint64Array.from(messages, ({ seq }) => BigInt(seq)).buffer)],
    crc: ['u32', new Uint8Array(Uint32Array.from(messages, ({ crc }) => crc).buffer)],
    room: ['u16', new Uint8Array(Uint16Array.from(messages, ({ room }) => room).buffer)],
    flags: ['u8', Uint8Array.from(messages, ({ flags }) => flags)],
    delivered: ['bits', bits(({ delivered }) => delivered)],
  }
  if (messages.some(({ excused }) => excused !== undefined))
    parts.excused = ['bits', bits(({ excused }) => excused ?? [])]
  const columns: Record<string, { offset: number; type: string }> = {}
  const padded: Uint8Array[] = []
  let offset = 0
  for (const [name, [type, bytes]] of Object.entries(parts)) {
    columns[name] = { offset, type }
    const whole = new Uint8Array(Math.ceil(bytes.length / 8) * 8)
    whole.set(bytes)
    padded.push(whole)
    offset += whole.length
  }
  let header = JSON.stringify({ generator: 0, messages: messages.length, maxMembers, rooms, columns })
  while ((12 + header.length) % 8 !== 0) header += ' '
  const length = Buffer.alloc(4)
  length.writeUInt32LE(header.length)
  return Buffer.concat([Buffer.from('LABLEDG1'), length, Buffer.from(header), ...padded])
}
