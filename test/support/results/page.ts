import { resolvePointer } from '../../../reports/figures.ts'

/**
 * Reads a finished report without a browser, and proves its figures with a formatter of its own: what the code under
 * test rounds, scales or shortens is done here a second time, in another way.
 */

export interface Leaf {
  readonly text: string
  /** Attributes of the nearest element that has a `data-src` or proves the text otherwise, and the tags above. */
  readonly proof: Readonly<Record<string, string>> | null
  readonly tags: readonly string[]
}

interface Open {
  readonly tag: string
  readonly attributes: Readonly<Record<string, string>>
}

const voidTags = new Set(['meta', 'img', 'br', 'input', 'link', 'hr'])
const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }
export const decode = (text: string) => text.replace(/&(#?\w+);/g, (whole, name) => entities[name] ?? whole)

function attributesOf(source: string): Record<string, string> {
  const pairs = [...source.matchAll(/([\w-]+)(?:="([^"]*)")?/g)]
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, decode(value)]))
}

/** End tags that HTML lets a writer leave out, as the folded data tables do. */
const closedBy: Record<string, readonly string[]> = { tr: ['tr', 'td', 'th'], td: ['td', 'th'], th: ['td', 'th'] }

/** Text nodes inside `<main>`, each with what proves it. */
export function leavesOf(html: string): Leaf[] {
  const main = html.slice(html.indexOf('<main>'), html.indexOf('</main>'))
  const stack: Open[] = []
  const leaves: Leaf[] = []
  for (const [, end, tag, source, text] of main.matchAll(/<(\/?)([\w-]+)([^>]*)>|([^<]+)/g)) {
    if (text !== undefined) leaves.push(leafOf(decode(text), stack))
    else if (end === '/') while (stack.length > 0 && stack.pop()?.tag !== tag);
    else if (tag !== undefined && !voidTags.has(tag) && !source?.endsWith('/')) {
      while (closedBy[tag]?.includes(stack.at(-1)?.tag ?? '')) stack.pop()
      stack.push({ tag, attributes: attributesOf(source ?? '') })
    }
  }
  return leaves
}

const provers = ['data-src', 'data-static', 'data-columns-src']

function leafOf(text: string, stack: readonly Open[]): Leaf {
  const proof = stack.findLast(({ attributes }) => provers.some((name) => name in attributes))
  return { text, proof: proof?.attributes ?? null, tags: stack.map(({ tag }) => tag) }
}

/** A number that stands for itself, not one inside a word such as p99. */
const bareNumber = /(?<![\p{L}\d_@.])\d/u

const separator = '\u202f'
const three = (value: number, digits: number, maxDecimals = 20) => {
  const exact = new Intl.NumberFormat('en-US', {
    minimumSignificantDigits: digits,
    maximumSignificantDigits: digits,
  }).format(value)
  const decimals = exact.split('.')[1]?.length ?? 0
  const short =
    decimals > maxDecimals
      ? new Intl.NumberFormat('en-US', {
          minimumFractionDigits: maxDecimals,
          maximumFractionDigits: maxDecimals,
        }).format(value)
      : exact
  return value === 0 ? '0' : short.replaceAll(',', separator)
}
const short = (text: string) => (text.includes('.') ? text.replace(/0+$/, '').replace(/\.$/, '') : text)

function latency(us: number, digits: number, trim: boolean): string {
  const shown = Number(us.toPrecision(digits))
  const [scale, unit, decimals] = shown < 1e3 ? [1, 'µs', 0] : shown < 1e6 ? [1e3, 'ms', 3] : [1e6, 's', 6]
  const text = three(us / (scale as number), digits, decimals as number)
  return `${trim ? short(text) : text}${separator}${unit}`
}

function share(value: number, bad: 'low' | 'high'): string {
  const per = Number((value * 1e4).toFixed(5))
  const cut = bad === 'low' ? Math.floor(per) : Math.ceil(per)
  const kept = value > 0 && value < 1 ? Math.max(1, Math.min(9_999, cut)) : cut
  return `${kept / 100}${separator}%`
}

const scaled = (value: number, step: number, names: readonly string[]): string => {
  let index = 0
  let rest = value
  while (Number(rest.toPrecision(3)) >= step) {
    rest /= step
    index += 1
  }
  return `${three(rest, 3, index === 0 ? 0 : 2)}${separator}${names[index]}`
}

const whole = (value: number) =>
  new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 }).format(value).replaceAll(',', separator)

const formatters: Record<string, (value: number, digits: number) => string> = {
  latency: (value, digits) => latency(value, digits, false),
  bound: (value) => latency(value, 6, true),
  ms: (value, digits) => three(value / 1e3, digits, 3),
  boundMs: (value) => short(three(value / 1e3, 6, 3)),
  count: whole,
  rate: (value) => short(three(value, 3, 1)),
  goodShare: (value) => share(value, 'low'),
  badShare: (value) => share(value, 'high'),
  ratio: (value) => `${three(value, 3)}x`,
  seconds: (value) => {
    if (value < 600) return `${Number(value.toFixed(1))}${separator}s`
    const [minutes, rest] = [Math.floor(Math.round(value) / 60), Math.round(value) % 60]
    return `${minutes}${separator}min${rest > 0 ? ` ${rest}${separator}s` : ''}`
  },
  memory: (value) => scaled(value, 1_024, ['B', 'KiB', 'MiB', 'GiB', 'TiB']),
  mebibytes: (value) => scaled(value * 1_048_576, 1_024, ['B', 'KiB', 'MiB', 'GiB', 'TiB']),
  bytes: (value) => scaled(value, 1_000, ['B', 'kB', 'MB', 'GB']),
  number: (value, digits) => three(value, digits, 3),
  significant: (value) => three(value, 3),
  p: (value) => (value < 0.001 ? '< 0.001' : short(value.toPrecision(2))),
  plain: String,
}

const recompute: Record<string, (values: readonly unknown[]) => unknown> = {
  ratio: ([a, b]) => (a as number) / (b as number),
  delta: ([a, b]) => (a as number) - (b as number),
  product: ([a, b]) => (a as number) * (b as number),
  sum: (values) => (values as number[]).reduce((sum, value) => sum + value, 0),
  peak: ([list]) => Math.max(...(list as (number | null)[]).filter((value) => value !== null)),
  entries: (values) => values.length,
  length: ([list]) => (list as unknown[]).length,
  missed: ([list]) => (list as { met: boolean | null }[]).filter(({ met }) => met === false).length,
}

const sideDigits = (value: number, bound: number): number => {
  for (let digits = 3; ; digits += 1)
    if (digits === 15 || Math.sign(Number(value.toPrecision(digits)) - bound) === Math.sign(value - bound))
      return digits
}

/** A figure as this file writes it. */
export const written = (as: string, value: number): string => formatters[as]?.(value, 3) ?? `no format ${as}`

/** Everything that is wrong with the figures of a page, as check 2 and 3 of the report's own rules see it. */
export function faults(html: string, document: object): string[] {
  const leaves = leavesOf(html)
  const wrong = leaves.flatMap((leaf) => disproof(document, leaf) ?? [])
  const free = leaves.filter(
    ({ text, proof, tags }) =>
      proof === null &&
      !tags.includes('code') &&
      !tags.includes('svg') &&
      bareNumber.test(text.replace(/p\d[\d.]*/g, '')),
  )
  return [...wrong, ...free.map(({ text }) => `unproved: ${text}`)]
}

/** What is wrong with one proved text; null when the document says the same. */
function disproof(document: object, { text, proof }: Leaf): string | null {
  const src = proof?.['data-src']
  if (!proof || src === undefined) return null
  const values = src.split(' ').map((pointer) => resolvePointer(document, pointer))
  if (proof['data-as'] === undefined) return quoted(document, text, values[0], proof['data-op'])
  const expected = proof['data-op'] === undefined ? values[0] : recompute[proof['data-op']]?.(values)
  if (typeof expected !== 'number') return `${src}: no number`
  if (Math.abs(Number(proof.value) - expected) > 1e-12 * Math.abs(expected))
    return `${src}: value ${proof.value}, not ${expected}`
  const bound = proof['data-bound']
  const digits = bound === undefined ? 3 : sideDigits(expected, resolvePointer(document, bound) as number)
  const shown = formatters[proof['data-as'] ?? '']?.(expected, digits)
  return shown === text ? null : `${src}: shows ${text}, should be ${shown}`
}

function quoted(document: object, text: string, value: unknown, op: string | undefined): string | null {
  const iso = (date: Date) => date.toISOString()
  const shown: Record<string, () => string> = {
    minute: () =>
      `${iso(new Date(String(value)))
        .slice(0, 16)
        .replace('T', ' ')} UTC`,
    clock: () =>
      iso(new Date(Date.parse(String(resolvePointer(document, '/run/startedAt'))) + 1_000 * Number(value))).slice(
        11,
        19,
      ),
  }
  const expected = op === undefined ? String(value) : shown[op]?.()
  return text === expected ? null : `shows ${text}, should be ${expected}`
}
