import { closest, distance } from 'fastest-levenshtein'

/** `; did you mean "x"?` where one of the known words is near, else the list of them. */
export function nearest(word: string, known: readonly string[]): string {
  const candidate = closest(word.toLowerCase(), [...known])
  const near = distance(word.toLowerCase(), candidate.toLowerCase()) <= Math.max(2, word.length / 3)
  return near ? `; did you mean "${candidate}"?` : `; known: ${known.join(', ')}`
}
