import { type Columns, columnEnd } from './columns.ts'

/**
 * Path data of series. x counts seconds, y CSS pixels from
 * the top with one decimal. A null is a gap and stays one.
 */

export const pixel = (y: number): number => Math.round(y * 10) / 10

export interface Column extends Columns {
  readonly values: readonly (number | null)[]
}

const middle = (columns: Columns, index: number): number =>
  ((columns.s[index] as number) + columnEnd(columns, index)) / 2

/** Straight lines between the middles of the columns. A lone point gets a stub, else nothing would be drawn. */
export function linePath(column: Column, y: (value: number) => number): string {
  const { values } = column
  let path = ''
  let open = false
  values.forEach((value, index) => {
    if (value === null) {
      open = false
      return
    }
    const point = `${middle(column, index)} ${pixel(y(value))}`
    path += `${open ? 'L' : 'M'}${point}`
    if (!open && (values[index + 1] ?? null) === null) path += 'h0'
    open = true
  })
  return path
}

/** A dot a value: sub-paths of no length, drawn by the round line cap, so that no scaling turns them into ellipses. */
export function dotsPath(column: Column, y: (value: number) => number): string {
  return column.values
    .map((value, index) => (value === null ? '' : `M${middle(column, index)} ${pixel(y(value))}h0`))
    .join('')
}

/**
 * Steps: the value holds over its whole column; equal neighbours become one stroke. With `floor` the shape is closed
 * down there, so that it can be filled.
 */
export function stepPath(
  { s, endS, values }: Column,
  y: (value: number) => number,
  floor: number | null = null,
): string {
  let path = ''
  let last: number | null = null
  values.forEach((value, index) => {
    const x = s[index] as number
    if (value === null) {
      if (last !== null) path += `H${x}${floor === null ? '' : `V${floor}Z`}`
      last = null
      return
    }
    const at = pixel(y(value))
    if (last === null) path += floor === null ? `M${x} ${at}` : `M${x} ${floor}V${at}`
    else if (at !== last) path += `H${x}V${at}`
    last = at
  })
  if (last === null) return path
  return `${path}H${endS}${floor === null ? '' : `V${floor}Z`}`
}

/** The same path with steps instead of places: about half as long. Takes `M L H V Z`, and `h v` that follow them. */
export function shorter(d: string): string {
  let [x, y] = [0, 0]
  let start = [0, 0] as [number, number]
  const by = (to: number, from: number) => trimmed(to - from)
  return d.replace(/([MLHVhv])([\d.-]+)(?: ([\d.-]+))?|Z/g, (whole, command: string | undefined, first, second) => {
    const [fromX, fromY] = [x, y]
    if (command === undefined) [x, y] = start
    else if (command === 'h') x += Number(first)
    else if (command === 'v') y += Number(first)
    else if (command === 'V') y = Number(first)
    else x = Number(first)
    if (second !== undefined) y = Number(second)
    if (command === 'H') return `h${by(x, fromX)}`
    if (command === 'V') return `v${by(y, fromY)}`
    if (command !== 'M' && command !== 'L') return whole
    if (command === 'M') start = [x, y]
    return `${command.toLowerCase()}${by(x, fromX)} ${by(y, fromY)}`.replace(' -', '-')
  })
}

const trimmed = (value: number) => String(Number(value.toFixed(1))).replace(/^(-?)0\./, '$1.')

const labelTop = 6

/** Positions of labels, moved apart so that none touches another, kept in order and within the height. */
export function spread(wanted: readonly number[], gap: number, height: number): number[] {
  const order = wanted.map((y, index) => ({ y, index })).sort((a, b) => a.y - b.y)
  const placed: number[] = []
  for (const { y } of order) placed.push(Math.max(y, (placed.at(-1) ?? labelTop - gap) + gap))
  let ceiling = height
  for (let i = placed.length - 1; i >= 0; i -= 1) {
    placed[i] = Math.min(placed[i] as number, ceiling)
    ceiling = (placed[i] as number) - gap
  }
  const result: number[] = []
  order.forEach(({ index }, position) => {
    result[index] = placed[position] as number
  })
  return result
}
