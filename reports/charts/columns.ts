/** Seconds that a drawn value stands for: each column ends where the next one begins, the last with the run. */
export interface Columns {
  readonly s: readonly number[]
  readonly endS: number
}

export const columnEnd = ({ s, endS }: Columns, index: number): number => s[index + 1] ?? endS

/** Index of the column that holds a moment; -1 outside of the run. */
export const columnAt = ({ s, endS }: Columns, momentS: number): number =>
  momentS < endS ? s.findLastIndex((from) => from <= momentS) : -1
