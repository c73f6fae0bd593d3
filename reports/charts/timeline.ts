import type { ComparisonPhase } from '../schema/comparison.ts'
import type { PhaseResult, Result, RunEvent } from '../schema/result.ts'
import { timeTicks } from './scale.ts'

/** What all time charts share, so that a second lies under the same second: range, phases, lanes, spans. */
export interface Timeline {
  readonly endS: number
  readonly spans: readonly Span[]
  readonly lanes: readonly Lane[]
  /** Seconds that break a validity rule. */
  readonly suspect: readonly { readonly fromS: number; readonly toS: number; readonly label: string }[]
  readonly ticks: readonly number[]
  readonly fewTicks: ReadonlySet<number>
}

export interface Span {
  readonly name: string
  readonly fromS: number
  readonly toS: number
  readonly shade: 'hatch' | 'tint1' | 'tint2' | 'none'
}

export interface Lane {
  readonly kind: RunEvent['kind']
  readonly blocks: readonly { readonly fromS: number; readonly toS: number; readonly label: string }[]
}

const shades: Record<PhaseResult['name'], Span['shade']> = {
  'warm-up': 'hatch',
  base: 'none',
  rise: 'tint1',
  hold: 'tint2',
  fall: 'tint1',
  recovery: 'none',
}

export function timelineOf({ run, phases, events, validity }: Result): Timeline {
  const profileEnd = profileEndOf(phases)
  const endS = Math.max(1, profileEnd, run.durationS)
  const ticks = timeTicks(endS, 14)
  return {
    endS,
    spans: spansOf(phases, profileEnd, endS),
    lanes: lanesOf(events, endS),
    suspect: validity.flatMap(({ ok, demoted, unit, fromS, toS }) => {
      if (ok || demoted || fromS === null || toS === null) return []
      return [{ fromS, toS: Math.max(toS, fromS + 1), label: unit === 'us' ? 'generator late' : 'not valid' }]
    }),
    ticks,
    fewTicks: new Set(timeTicks(endS, 5).filter((tick) => ticks.includes(tick))),
  }
}

/** Time axis of a comparison: the phases are those of every run; faults belong to single runs. */
export function sharedTimeline(phases: readonly ComparisonPhase[], lastS: number): Timeline {
  const profileEnd = profileEndOf(phases)
  const endS = Math.max(1, profileEnd, lastS)
  const ticks = timeTicks(endS, 5)
  return { endS, spans: spansOf(phases, profileEnd, endS), lanes: [], suspect: [], ticks, fewTicks: new Set(ticks) }
}

type Placed = Pick<PhaseResult, 'name' | 'startS' | 'durationS'>

const profileEndOf = (phases: readonly Placed[]) =>
  phases.reduce((end, phase) => Math.max(end, phase.startS + phase.durationS), 0)

function spansOf(phases: readonly Placed[], profileEnd: number, endS: number): Span[] {
  const spans: Span[] = phases
    .filter((phase) => phase.durationS > 0)
    .map(({ name, startS, durationS }) => ({ name, fromS: startS, toS: startS + durationS, shade: shades[name] }))
  return endS > profileEnd ? [...spans, { name: 'drain', fromS: profileEnd, toS: endS, shade: 'hatch' }] : spans
}

/** A lane a kind; notes have no place of their own on the axis that would explain a curve. */
function lanesOf(events: readonly RunEvent[], endS: number): Lane[] {
  const kinds = [...new Set(events.map((event) => event.kind))].filter((kind) => kind !== 'note')
  return kinds.map((kind) => ({
    kind,
    blocks: events
      .filter((event) => event.kind === kind && event.tS < endS)
      .map((event) => ({
        fromS: Math.max(0, event.tS),
        toS: Math.min(endS, event.untilS ?? event.tS),
        label: event.id,
      })),
  }))
}

/** `fromS` in per cent of the plot's width, as an SVG length. */
export const percent = (timeline: Pick<Timeline, 'endS'>, s: number): string =>
  `${Number(((100 * s) / timeline.endS).toFixed(3))}%`
