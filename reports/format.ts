/**
 * How figures are written (one place for HTML, Markdown, terminal and the charts' axes). Pure; no locale, no clock.
 * Prose takes three significant digits and the unit that fits; tables keep one unit so that digits line up.
 */

/** U+202F between groups of three digits and before a unit: never breaks, barely shows. */
export const narrowSpace = '\u202f'
export const noFigure = '–'

/** `-12345.6` -> `-12 345.6` with narrow spaces. */
export function groupDigits(digits: string): string {
  const [whole = '', fraction] = digits.split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, narrowSpace)
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

const withUnit = (text: string, unit: string) => `${text}${narrowSpace}${unit}`

/** A decimal tie such as 0.006735 may lie a bit below itself in binary: lifted by two bits, ties round away from 0. */
const tie = 1 + 2 * Number.EPSILON

/** Rounded before any division: the unit is chosen by what will be printed, and 1585 µs is a tie only as a whole number. */
const rounded = (value: number, digits: number) => (value === 0 ? 0 : Number((value * tie).toPrecision(digits)))

/** `digits` significant digits in plain notation, with at most `maxDecimals` decimals. */
export function significant(value: number, digits = 3, maxDecimals = 12): string {
  const shown = rounded(value, digits)
  if (shown === 0) return '0'
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(shown)) + 1e-12))
  // Rounded once: 86.45 with no decimals is 86, although its three digits are 86.5.
  return groupDigits(decimals > maxDecimals ? (value * tie).toFixed(maxDecimals) : shown.toFixed(decimals))
}

const trimZeros = (text: string) => (text.includes('.') ? text.replace(/\.?0+$/, '') : text)

const latencyUnits = [
  { us: 1, name: 'µs', decimals: 0 },
  { us: 1_000, name: 'ms', decimals: 3 },
  { us: 1_000_000, name: 's', decimals: 6 },
] as const

function latencyUnit(us: number, digits: number): (typeof latencyUnits)[number] {
  const shown = rounded(us, digits)
  if (shown < 1_000) return latencyUnits[0]
  return shown < 1_000_000 ? latencyUnits[1] : latencyUnits[2]
}

/** Microseconds in prose: `812 µs`, `84.2 ms`, `2.41 s`. */
export function formatLatency(us: number, digits = 3): string {
  const unit = latencyUnit(us, digits)
  return withUnit(significant(rounded(us, digits) / unit.us, digits, unit.decimals), unit.name)
}

/** Microseconds in a table whose unit is ms: `0.812`, `84.2`, `2 410`. */
export function formatLatencyMs(us: number, digits = 3): string {
  return significant(rounded(us, digits) / 1_000, digits, 3)
}

/** A bound as it was set, without padding: `1 s`, `250 ms`. */
export function formatLatencyBound(us: number): string {
  const unit = latencyUnit(us, 6)
  return withUnit(trimZeros(significant(us / unit.us, 6, unit.decimals)), unit.name)
}

export function formatLatencyBoundMs(us: number): string {
  return trimZeros(significant(us / 1_000, 6, 3))
}

/** Digits needed so that the printed value lies on the same side of the bound as the real one. */
export function digitsAgainst(value: number, bound: number): number {
  let digits = 3
  while (digits < 15 && Math.sign(rounded(value, digits) - bound) !== Math.sign(value - bound)) digits += 1
  return digits
}

/** Exact whole number: ledger figures are never rounded. */
export function formatCount(count: number): string {
  return groupDigits(String(Math.round(count)))
}

/** Messages a second in prose and tables. */
export function formatRate(perSecond: number): string {
  return trimZeros(significant(perSecond, 3, 1))
}

/** Messages a second on an axis: `500`, `5k`, `2.5k`. */
export function formatAxisRate(perSecond: number): string {
  return perSecond >= 1_000 ? `${trimZeros((perSecond / 1_000).toPrecision(3))}k` : trimZeros(perSecond.toPrecision(3))
}

/**
 * A share of 0..1 in per cent, cut towards the bad side: `low` is bad for "how much was acked" (99.996 % is 99.99 %),
 * `high` for "how much failed". `100 %` and `0 %` only when exact.
 */
export function formatShare(share: number, bad: 'low' | 'high'): string {
  const hundredths = share * 10_000
  const nearest = Math.round(hundredths)
  // The product of a decimal fraction may miss the whole number by one bit: that is no cut.
  const exact = Math.abs(hundredths - nearest) < 1e-6
  const cut = exact ? nearest : bad === 'low' ? Math.floor(hundredths) : Math.ceil(hundredths)
  const kept = share > 0 && share < 1 ? Math.min(Math.max(cut, 1), 9_999) : cut
  return withUnit(trimZeros((kept / 100).toFixed(2)), '%')
}

/** `1.84x`; direction is said in words. */
export function formatRatio(ratio: number): string {
  return `${significant(ratio, 3)}x`
}

/** Seconds of the run or a length of time: `3.2 s`, `105 s`, `12 min 30 s`. */
export function formatSeconds(seconds: number): string {
  if (Math.abs(seconds) < 600) return withUnit(trimZeros(seconds.toFixed(1)), 's')
  const whole = Math.round(seconds)
  const minutes = withUnit(String(Math.floor(whole / 60)), 'min')
  return whole % 60 === 0 ? minutes : `${minutes} ${withUnit(String(whole % 60), 's')}`
}

const scaled = (bytes: number, step: number, units: readonly string[]): string => {
  let value = bytes
  let unit = 0
  while (Math.max(value, rounded(value, 3)) >= step && unit < units.length - 1) {
    value /= step
    unit += 1
  }
  return withUnit(significant(value, 3, unit === 0 ? 0 : 2), units[unit] as string)
}

/** Memory: binary units. */
export function formatMemory(bytes: number): string {
  return scaled(bytes, 1_024, ['B', 'KiB', 'MiB', 'GiB', 'TiB'])
}

/** I/O and disk: decimal units. */
export function formatBytes(bytes: number): string {
  return scaled(bytes, 1_000, ['B', 'kB', 'MB', 'GB', 'TB'])
}

/** The same on an axis, without padding: `1.5 kB`. */
export function formatAxisBytes(bytes: number): string {
  const [value = '', unit = ''] = formatBytes(bytes).split(narrowSpace)
  return withUnit(trimZeros(value), unit)
}

/** `0.0079`, `< 0.001`: never `0.00`. */
export function formatP(p: number): string {
  return p < 0.001 ? '< 0.001' : trimZeros(p.toPrecision(2))
}
