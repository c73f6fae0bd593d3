import { type Columns, columnEnd } from '../charts/columns.ts'
import type { Result } from '../schema/result.ts'

/** What all parts of the page share: the result itself, and the one state that a link can carry. */

export const result: Result = JSON.parse(document.getElementById('result')?.textContent ?? 'null')

export const endS = Number(document.querySelector<SVGElement>('.plot[data-x1]')?.dataset.x1 ?? result.run.durationS)

/** Seconds that each entry of a series stands for. */
export const columns: Columns = { s: result.series.s, endS: result.run.durationS }

/** The moment in the middle of a column. */
export const middleOf = (index: number): number => ((columns.s[index] as number) + columnEnd(columns, index)) / 2

/** Latencies that the latency chart can show: prefix of its three columns in `series`. */
export const metrics = ['delivery', 'ack', 'service'] as const
export type Metric = (typeof metrics)[number]

export interface State {
  /** Seconds in view; null = all. */
  range: readonly [number, number] | null
  hidden: Set<string>
  metric: Metric
}

export const state: State = { range: null, hidden: new Set(), metric: 'delivery' }

type Listener = () => void
const listeners: Listener[] = []

/** Runs after each change of the state. */
export const onChange = (listener: Listener): void => {
  listeners.push(listener)
}

export function change(part: Partial<State>): void {
  Object.assign(state, part)
  for (const listener of listeners) listener()
}

/** Phases and, last, the drain: what the keys 1 to 7 zoom to. */
export const spans: readonly { readonly name: string; readonly fromS: number; readonly toS: number }[] = (() => {
  const phases = result.phases
    .filter((phase) => phase.durationS > 0)
    .map(({ name, startS, durationS }) => ({ name: name as string, fromS: startS, toS: startS + durationS }))
  const last = phases.at(-1)?.toS ?? 0
  return endS > last ? [...phases, { name: 'drain', fromS: last, toS: endS }] : phases
})()

/** Zooms to seconds within the run; at least two columns stay in view. */
export function zoomTo(fromS: number, toS: number): void {
  const least = Math.min(endS, 2 * result.series.widthS)
  const width = Math.min(endS, Math.max(least, toS - fromS))
  const from = Math.max(0, Math.min(endS - width, fromS))
  change({ range: width >= endS ? null : [from, from + width] })
}
