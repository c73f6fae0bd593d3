import { closest } from 'fastest-levenshtein'

/**
 * What resources cost, in a file of the user's: the lab knows no prices. Each price is optional, 0 or more and in
 * `currency`; what has no price is in no sum. As TypeScript:
 *
 *     import type { PriceSheet } from './lab/compare/prices.ts'
 *     export default { currency: 'EUR', source: 'contract of 2026-03', perCoreHour: 0.04 } satisfies PriceSheet
 */
export interface PriceSheet {
  readonly currency: string
  /** Whose prices these are, and of when: printed beside every amount. */
  readonly source: string
  readonly perCoreHour?: number
  /** Of memory, GiB = 2 ** 30 bytes. */
  readonly perGiBHour?: number
  /** GB = 1e9 bytes, as disks are sold. */
  readonly perGBWritten?: number
  /** What keeping a GB costs for as long as messages are kept. */
  readonly perGBStored?: number
}

const texts = { currency: 16, source: 200 } as const
const amounts = ['perCoreHour', 'perGiBHour', 'perGBWritten', 'perGBStored'] as const
const known: readonly string[] = [...Object.keys(texts), ...amounts]

/** Checks the content of a price file. Every problem is a sentence; `prices` is null unless there are none. */
export function parsePrices(value: unknown): { prices: PriceSheet | null; problems: string[] } {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    return { prices: null, problems: ['a price sheet is an object with a currency, a source and prices'] }
  const sheet = value as Readonly<Record<string, unknown>>
  const problems = [
    ...Object.keys(sheet).flatMap((name) => unknownName(name)),
    ...Object.entries(texts).flatMap(([name, longest]) => textProblem(name, sheet[name], longest)),
    ...amounts.flatMap((name) => amountProblem(name, sheet[name])),
  ]
  if (problems.length === 0 && amounts.every((name) => sheet[name] === undefined))
    problems.push(`there is no price: give at least one of ${amounts.join(', ')}`)
  return { prices: problems.length === 0 ? (sheet as unknown as PriceSheet) : null, problems }
}

const unknownName = (name: string) =>
  known.includes(name) ? [] : [`${name} is unknown: did you mean ${closest(name, [...known])}?`]

function textProblem(name: string, text: unknown, longest: number): string[] {
  const isPlain = typeof text === 'string' && text.trim() !== '' && text.length <= longest && !/\p{Cc}/u.test(text)
  return isPlain ? [] : [`${name} must be a text of one line and 1 to ${longest} characters`]
}

function amountProblem(name: string, amount: unknown): string[] {
  if (amount === undefined || (typeof amount === 'number' && Number.isFinite(amount) && amount >= 0)) return []
  return [`${name} is ${JSON.stringify(amount)}: give a number, 0 or more`]
}

/** What a run used while `messages` were acked; null = not measured. */
export interface ResourcesUsed {
  readonly messages: number
  readonly durationS: number
  readonly cpuSeconds: number | null
  /** Memory that had to be there for the whole time: the peak. */
  readonly residentBytes: number | null
  readonly writtenBytes: number | null
  readonly storedBytes: number | null
}

/** Money per million messages, in the sheet's currency. Null: not priced, or not measured. */
export interface Cost {
  readonly cpu: number | null
  readonly memory: number | null
  readonly written: number | null
  readonly stored: number | null
  /** Of all that is priced; null when a part of it was not measured: the rest alone would look cheap. */
  readonly total: number | null
}

const GB = 1e9
const GiB = 2 ** 30
const hourS = 3_600

export function costOf(used: ResourcesUsed, prices: PriceSheet): Cost {
  const residentSeconds = used.residentBytes === null ? null : used.residentBytes * used.durationS
  const part = (amount: number | null, unit: number, price: number | undefined): Part => {
    if (price === undefined) return { priced: false, money: null }
    if (amount === null || used.messages === 0) return { priced: true, money: null }
    return { priced: true, money: (((amount / unit) * price) / used.messages) * 1e6 }
  }
  const cpu = part(used.cpuSeconds, hourS, prices.perCoreHour)
  const memory = part(residentSeconds, GiB * hourS, prices.perGiBHour)
  const written = part(used.writtenBytes, GB, prices.perGBWritten)
  const stored = part(used.storedBytes, GB, prices.perGBStored)
  const total = totalOf([cpu, memory, written, stored])
  return { cpu: cpu.money, memory: memory.money, written: written.money, stored: stored.money, total }
}

interface Part {
  readonly priced: boolean
  readonly money: number | null
}

function totalOf(parts: readonly Part[]): number | null {
  const priced = parts.filter((part) => part.priced)
  if (priced.length === 0 || priced.some(({ money }) => money === null)) return null
  return priced.reduce((sum, { money }) => sum + money!, 0)
}
