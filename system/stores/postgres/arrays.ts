/**
 * Columns of a batch as arrays in the protocol's binary form: one parameter a column, so one prepared statement serves
 * batches of any size. In large batches it costs this process less CPU than the driver's own text form (docs/backends.md).
 */
import { textToStore } from './text.ts'

/** Dimensions, whether there are nulls, type of the elements, length, index of the first. */
const headBytes = 20
const lengthBytes = 4
const numberBytes = 8
const types = { bigint: 20, text: 25, double: 701 } as const
const nullLength = -1
const mostUtf8BytesAUnit = 3

const wordUnits = 2 ** 32

/** `text[]` */
export function textArray(texts: readonly (string | null)[]): Buffer {
  let most = headBytes
  let hasNull = false
  const stored = texts.map((text) => {
    if (text === null) hasNull = true
    const own = text === null ? null : textToStore(text)
    most += lengthBytes + (own === null ? 0 : own.length * mostUtf8BytesAUnit)
    return own
  })
  const array = Buffer.allocUnsafe(most)
  writeHead(array, types.text, texts.length, hasNull)
  let end = headBytes
  for (const text of stored) {
    const bytes = text === null ? nullLength : array.write(text, end + lengthBytes)
    array.writeInt32BE(bytes, end)
    end += lengthBytes + Math.max(bytes, 0)
  }
  return array.subarray(0, endOf(end, texts.length))
}

/** `bigint[]`, of safe integers. */
export function bigintArray(numbers: readonly number[]): Buffer {
  return numberArray(types.bigint, numbers, (array, value, at) => {
    const high = Math.floor(value / wordUnits)
    array.writeInt32BE(high, at)
    array.writeUInt32BE(value - high * wordUnits, at + lengthBytes)
  })
}

/** `double precision[]` */
export function doubleArray(numbers: readonly (number | null)[]): Buffer {
  return numberArray(types.double, numbers, (array, value, at) => array.writeDoubleBE(value, at))
}

function numberArray(
  type: number,
  numbers: readonly (number | null)[],
  write: (array: Buffer, value: number, at: number) => void,
): Buffer {
  const array = Buffer.allocUnsafe(headBytes + numbers.length * (lengthBytes + numberBytes))
  writeHead(array, type, numbers.length, numbers.includes(null))
  let end = headBytes
  for (const value of numbers) {
    array.writeInt32BE(value === null ? nullLength : numberBytes, end)
    end += lengthBytes
    if (value === null) continue
    write(array, value, end)
    end += numberBytes
  }
  return array.subarray(0, endOf(end, numbers.length))
}

function writeHead(array: Buffer, type: number, length: number, hasNull: boolean): void {
  array.writeInt32BE(length === 0 ? 0 : 1, 0)
  array.writeInt32BE(hasNull ? 1 : 0, 4)
  array.writeInt32BE(type, 8)
  array.writeInt32BE(length, 12)
  array.writeInt32BE(1, 16)
}

/** An array without elements ends after its type. */
const endOf = (end: number, length: number): number => (length === 0 ? 12 : end)
