import { linearScale, logScale, type Scale } from '../../../reports/charts/scale.ts'
import { formatLatency, formatMemory, groupDigits, noFigure, significant } from '../../../reports/format.ts'

/** How a panel's values are written, by Grafana's name of its unit. */

interface Written {
  /** In a legend: with its unit. */
  readonly value: (value: number) => string
  readonly ticks?: 'binary'
}

const plain = (value: number) => {
  const text = value !== 0 && Math.abs(value) < 0.001 ? value.toExponential(1) : significant(value, 3)
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}
const rounded3 = (value: number) => (Number.isInteger(value) ? groupDigits(String(value)) : plain(value))
const suffixed = (unit: string) => (value: number) => `${rounded3(value)}\u202f${unit}`
const duration = (value: number) => (value === 0 ? '0\u202fs' : formatLatency(value * 1e6))

const writings: Readonly<Record<string, Written>> = {
  s: { value: (value) => (value > 0 && value < 1e-6 ? `${plain(value * 1e9)}\u202fns` : duration(value)) },
  bytes: { value: formatMemory, ticks: 'binary' },
  Bps: { value: (value) => `${formatMemory(value)}/s`, ticks: 'binary' },
  percentunit: { value: (value) => `${plain(value * 100)}\u202f%` },
  'suffix: cores': { value: suffixed('cores') },
  cps: { value: suffixed('/s') },
  mps: { value: suffixed('msg/s') },
  short: { value: rounded3 },
}

const writingOf = (unit: string): Written => writings[unit] ?? { value: plain }

export const figureText = (unit: string, value: number | null | undefined): string =>
  value === null || value === undefined ? noFigure : writingOf(unit).value(value)

/** On an axis without padding zeros: `1.5 MiB`, `20 ms`. */
export const tickText = (unit: string, value: number): string =>
  figureText(unit, value)
    .replace(/(\.\d*?)0+(?=\D|$)/, '$1')
    .replace(/\.(?=\D|$)/, '')

/** From 0, or from the step below the smallest value on a log axis; never cut. Memory gets steps that are whole in KiB and up. */
export function scaleFor(
  unit: string,
  kind: 'linear' | 'log',
  columns: readonly (readonly (number | null)[])[],
): Scale {
  const values = columns.flatMap((column) => column.filter((value) => value !== null))
  if (kind === 'log' && values.some((value) => value > 0)) return thinned(logScale(values))
  const top = values.reduce((high, value) => Math.max(high, value), 0)
  const bottom = values.reduce((low, value) => Math.min(low, value), 0)
  const step =
    writingOf(unit).ticks === 'binary' ? 1_024 ** Math.floor(Math.log(Math.max(top, 1)) / Math.log(1_024)) : 1
  const scale = linearScale([top / step])
  const ticks = scale.ticks.map((tick) => tick * step)
  return { kind: 'linear', min: Math.min(bottom, 0), max: scale.max * step, ticks }
}

/** Over many decades only their beginnings are named. */
function thinned(scale: Scale): Scale {
  if (scale.ticks.length <= 7) return scale
  const decades = scale.ticks.filter((tick) => Math.abs(Math.log10(tick) - Math.round(Math.log10(tick))) < 1e-6)
  return { ...scale, ticks: decades.length > 1 ? decades : scale.ticks }
}
