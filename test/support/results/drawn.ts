/** Reads the static pictures of a page back, in a way of its own. */

export type Point = readonly [x: number, y: number]

/** The parts of a path between two moves, as absolute points, whether its commands are absolute or relative. */
export function strokes(d: string): Point[][] {
  const parts: Point[][] = []
  let [x, y] = [0, 0]
  for (const [, command = '', text = ''] of d.matchAll(/([MLHVmlhvZ])([^MLHVmlhvZ]*)/g)) {
    const [a = 0, b = 0] = [...text.matchAll(/-?\d*\.?\d+/g)].map(Number)
    const relative = command === command.toLowerCase()
    const [fromX, fromY] = relative ? [x, y] : [0, 0]
    const name = command.toUpperCase()
    if (name === 'Z') [x, y] = parts.at(-1)?.[0] ?? [0, 0]
    else if (name === 'H') x = fromX + a
    else if (name === 'V') y = fromY + a
    else [x, y] = [fromX + a, fromY + b]
    if (name === 'M') parts.push([])
    // A stub of no length marks a lone point.
    if (name !== 'Z' && !(command === 'h' && a === 0)) parts.at(-1)?.push([x, y])
  }
  return parts
}

export const vertices = (d: string): Point[] => strokes(d).flat()

/** Height of a step path at x, null where it has a gap. */
export function heightAt(d: string, x: number): number | null {
  for (const points of strokes(d))
    for (let i = 1; i < points.length; i += 1) {
      const [from, to] = [points[i - 1], points[i]]
      if (from && to && from[1] === to[1] && from[0] <= x && x < to[0]) return from[1]
    }
  return null
}
