import { chooseFrom, type FlagValues } from './flags.ts'
import { parseCount, parseDurationMs, parseRate } from './quantities.ts'
import type { RunFlag } from './runFlags.ts'

/** Reads single values and books what is wrong with them. */
export class FlagReader {
  readonly #values: FlagValues
  readonly problems: string[]

  constructor(values: FlagValues, problems: string[]) {
    this.#values = values
    this.problems = problems
  }

  has(name: RunFlag): boolean {
    return this.#values.has(name)
  }

  text(name: RunFlag, fallback: string): string {
    return this.#values.get(name)?.[0] ?? fallback
  }

  count(name: RunFlag, fallback: number, min = 0, max = Number.MAX_SAFE_INTEGER): number {
    return this.#read(
      name,
      fallback,
      (text) => {
        const value = parseCount(text)
        return value !== null && value >= min && value <= max ? value : null
      },
      max === Number.MAX_SAFE_INTEGER
        ? `give a whole number from ${min} up`
        : `give a whole number from ${min} to ${max}`,
    )
  }

  rate(name: RunFlag, fallback: number): number {
    return this.#read(name, fallback, parseRate, 'give messages a second, like 5000 or 5000/s')
  }

  durationMs(name: RunFlag, fallback: number): number {
    return this.#read(name, fallback, parseDurationMs, 'give a time with its unit, like 90s or 2m')
  }

  choice<T extends string>(name: RunFlag, known: readonly T[], fallback: T): T {
    const text = this.text(name, fallback)
    const found = known.find((candidate) => candidate === text)
    if (found === undefined) this.problems.push(`--${name}=${text} is unknown${chooseFrom(text, known)}`)
    return found ?? fallback
  }

  each<T extends object>(name: RunFlag, parse: (text: string) => T | string): T[] {
    return (this.#values.get(name) ?? []).flatMap((text) => {
      const value = parse(text)
      if (typeof value !== 'string') return [value]
      this.problems.push(value)
      return []
    })
  }

  #read(name: RunFlag, fallback: number, parse: (text: string) => number | null, help: string): number {
    const text = this.#values.get(name)?.[0]
    if (text === undefined) return fallback
    const value = parse(text)
    if (value === null) this.problems.push(`--${name}=${text} cannot be used: ${help}`)
    return value ?? fallback
  }
}
