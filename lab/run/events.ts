import type { RunEvent } from '../../reports/schema/result.ts'
import { endOf, type PhaseSpan } from '../judge/phases.ts'

export type EventInput = Omit<RunEvent, 'id' | 'phase' | 'untilS' | 'effect'> & Partial<RunEvent>

/** What happened in a run, as the report lists it: in order of time, faults numbered F1, F2, the others E1, E2. */
export class EventLog {
  readonly #events: EventInput[] = []

  /** The returned event may still be completed, e.g. when a fault has been undone. */
  add(event: EventInput): { untilS?: number | null; effect?: string } {
    this.#events.push(event)
    return event
  }

  list(spans: readonly PhaseSpan[]): RunEvent[] {
    let faults = 0
    let others = 0
    return [...this.#events]
      .sort((a, b) => a.tS - b.tS)
      .map(({ tS, untilS = null, kind, what, effect = '', planned }) => ({
        id: kind === 'fault' ? `F${++faults}` : `E${++others}`,
        tS: round(tS),
        untilS: untilS === null ? null : round(untilS),
        phase: phaseAt(spans, tS),
        kind,
        what,
        effect,
        planned,
      }))
  }
}

/** `start` before the profile, `drain` after it. */
export function phaseAt(spans: readonly PhaseSpan[], atS: number): string {
  if (atS < 0) return 'start'
  return spans.find((span) => atS < endOf(span))?.name ?? 'drain'
}

const round = (seconds: number): number => Number(seconds.toFixed(3))
