/**
 * Columns of a batch as arrays in the protocol's binary form: one parameter a column, so one prepared statement serves
 * batches of any size. The driver's own text form of them costs this process nearly twice the CPU (docs/backends.md).
 */
import { textToStore } from './text.ts'

/** Dimensions, whether there are nulls, type of the elements, length, index of the first. */
const headBytes = 20
const lengthBytes = 4
const numberBytes = 8
const types = { bigint: 20, text: 25, double: 701 } as const
const nullLength = -1
const mostUtf8BytesAUnit = 3

function writeHead(array: Buffer, type: number, values: readonly unknown[]): void {
  array.writeInt32BE(values.length === 0 ? 0 : 1, 0)
  array.writeInt32BE(values.includes(null) ? 1 : 0, 4)
  array.writeInt32BE(type, 8)
  array.writeInt32BE(values.length, 12)
  array.writeInt32BE(1, 16)
}

/** `text[]` */
export function textArray(texts: readonly (string | null)[]): Buffer {
  const stored = texts.map((text) => text && textToStore(text))
  const most = stored.reduce((sum, text) => sum + lengthBytes + (text?.length ?? 0) * mostUtf8BytesAUnit, headBytes)
  const array = Buffer.allocUnsafe(most)
  writeHead(array, types.text, texts)
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
  return numberArray(types.bigint, numbers, (array, value, at) => array.writeBigInt64BE(BigInt(value), at))
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
  writeHead(array, type, numbers)
  let end = headBytes
  for (const value of numbers) {
    array.writeInt32BE(value === null ? nullLength : numberBytes, end)
    if (value !== null) write(array, value, end + lengthBytes)
    end += lengthBytes + (value === null ? 0 : numberBytes)
  }
  return array.subarray(0, endOf(end, numbers.length))
}

/** An array without elements ends after its type. */
const endOf = (end: number, length: number): number => (length === 0 ? 12 : end)
