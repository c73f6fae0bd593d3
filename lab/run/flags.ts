import { parseArgs } from 'node:util'
import { closest } from 'fastest-levenshtein'

/** One row an option: it parses, checks and prints itself in `--help`. */
export interface FlagSpec {
  /** Placeholder in the help; absent for switches. */
  readonly value?: string
  readonly repeatable?: boolean
  readonly help: string
}

export type FlagTable = Readonly<Record<string, FlagSpec>>

/** Values as they were written, by flag name; switches are `['true']`. */
export type FlagValues = ReadonlyMap<string, readonly string[]>

export interface ParsedFlags {
  readonly values: FlagValues
  readonly positionals: readonly string[]
}

/** Reads `--name=value`, `--name value` and switches. Pushes every problem, with the nearest known name. */
export function parseFlags(table: FlagTable, args: readonly string[], problems: string[]): ParsedFlags {
  const options = Object.fromEntries(
    Object.entries(table).map(([name, spec]) => [
      name,
      { type: spec.value === undefined ? 'boolean' : 'string', multiple: true } as const,
    ]),
  )
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true, allowPositionals: true })
  const values = new Map<string, string[]>()
  const positionals: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    const spec = Object.hasOwn(table, token.name) ? table[token.name] : undefined
    if (spec === undefined) problems.push(`${token.rawName} is not a known option${suggestion(table, token.name)}`)
    else if (spec.value === undefined && token.value !== undefined) problems.push(`${token.rawName} takes no value`)
    else if (spec.value !== undefined && (token.value === undefined || token.value === ''))
      problems.push(`${token.rawName} needs a value: --${token.name}=${spec.value}`)
    else if (values.has(token.name) && spec.repeatable !== true) problems.push(`${token.rawName} is given twice`)
    else values.set(token.name, [...(values.get(token.name) ?? []), token.value ?? 'true'])
  }
  return { values, positionals }
}

function suggestion(table: FlagTable, name: string): string {
  return `: did you mean --${closest(name, Object.keys(table))}?`
}

/** `: did you mean mongo?` or a list of what there is. */
export const chooseFrom = (wrong: string, known: readonly string[]): string =>
  `; there are ${known.join(', ')}: did you mean ${closest(wrong, [...known])}?`

/**
 * The options as printed by `--help`, in two columns; `defaults` where they are not the same for every command: one takes
 * the place of the default that a help text ends in.
 */
export function flagHelp(table: FlagTable, defaults: Readonly<Record<string, string | number>> = {}): string {
  const rows = Object.entries(table).map(([name, { value, repeatable, help }]) => [
    `--${name}${value === undefined ? '' : `=${value}`}${repeatable ? ' ...' : ''}`,
    name in defaults ? `${help.replace(/ \(default [^()]*\)$/, '')} (default ${defaults[name]})` : help,
  ])
  const width = Math.max(...rows.map(([left]) => left!.length))
  return rows.map(([left, help]) => `  ${left!.padEnd(width)}  ${help}`).join('\n')
}
