import type { Room } from '../directory.ts'

export interface RoomRow {
  readonly id: string
  readonly code: string
  readonly kind: Room['kind']
  readonly name: string | null
  readonly created_at_ms: number
}

export function roomFrom(row: RoomRow): Room {
  const { id, code, kind, name, created_at_ms: createdAtMs } = row
  return { id, code, kind, ...(name === null ? {} : { name }), createdAtMs }
}
