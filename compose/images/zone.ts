/** The zone file of UTC (RFC 8536): one type, no transition. Debian's PostgreSQL has it from a package of 3 MB. */
import type { ImageEntry } from './image.ts'

const UTC_BLOCK = `TZif2${'\0'.repeat(15)}${'\0'.repeat(16)}\0\0\0\x01\0\0\0\x04${'\0'.repeat(6)}UTC\0`
export const UTC = `${UTC_BLOCK}${UTC_BLOCK}\nUTC0\n`

export const utcEntry: ImageEntry = { kind: 'text', path: 'usr/share/zoneinfo/UTC', text: UTC }
