/** One line of `npm run bench`: CPU microseconds an item, beside the bare floor measured in the same run. */
export interface BenchRow {
  readonly name: string
  readonly cpuUs: number
  readonly floorUs?: number
  readonly ratio?: number
  /** Highest ratio that is in order. */
  readonly target?: number
  readonly note?: string
}

export interface BenchParts {
  readonly backends: readonly string[]
  /** Ends what was started. */
  readonly stop: AbortSignal
}
