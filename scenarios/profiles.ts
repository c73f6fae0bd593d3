/** Offered load as data: linear segments, each with a phase name. */
export interface Segment {
  readonly phase: PhaseName
  /** Whole seconds, in milliseconds: a second of the timeline never lies in two phases. */
  readonly durationMs: number
  /** Messages a second at its start and end. */
  readonly fromRate: number
  readonly toRate: number
}

export const phaseNames = ['warm-up', 'base', 'rise', 'hold', 'fall', 'recovery'] as const
export type PhaseName = (typeof phaseNames)[number]

/** Phases that SLOs are judged on; warm-up is not. */
export const measuredPhases: readonly PhaseName[] = ['base', 'rise', 'hold', 'fall', 'recovery']
