import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type PriceSheet, parsePrices } from './prices.ts'

/** Reads a price sheet: JSON, or a module (`.ts`, `.js`, `.mjs`) whose default export it is. Pushes every problem. */
export async function readPrices(file: string, problems: string[]): Promise<PriceSheet | null> {
  let value: unknown
  try {
    value = /\.m?[jt]s$/.test(file) ? await defaultOf(file) : JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    problems.push(`${file} cannot be read as a price sheet: ${(error as Error).message}`)
    return null
  }
  const parsed = parsePrices(value)
  problems.push(...parsed.problems.map((problem) => `${file}: ${problem}`))
  return parsed.prices
}

async function defaultOf(file: string): Promise<unknown> {
  const module = (await import(pathToFileURL(resolve(file)).href)) as { default?: unknown }
  if (module.default === undefined) throw new Error('it has no default export')
  return module.default
}
