import type { Verdict } from '../../reports/schema/result.ts'

/** One run as comparing sees it. */
export interface ComparedRun {
  readonly id: string
  readonly outcome: Verdict['outcome']
  /** The verdict's first reason; empty for a PASS. */
  readonly why: string
  /** Names of the SLOs it missed or could not judge. */
  readonly missedSlos: readonly string[]
  /** By metric id. Null or absent = no such figure; infinity = not reached while it was watched. */
  readonly values: Readonly<Record<string, number | null>>
}

/** Runs that differ from those of other arms in the named factor only, in the order they were run. */
export interface Arm {
  readonly name: string
  /** Name of the arm that this one repeats unchanged, to measure the noise floor (A/A); null for an arm of its own. */
  readonly repeats: string | null
  readonly runs: readonly ComparedRun[]
}

/** A failed run is evidence like any other; an invalid or an interrupted one is none. */
export const isCounted = ({ outcome }: ComparedRun): boolean => outcome === 'PASS' || outcome === 'FAIL'

export interface Standing {
  readonly arm: string
  readonly repeats: string | null
  readonly counted: number
  readonly excluded: readonly { readonly run: string; readonly outcome: Verdict['outcome']; readonly why: string }[]
  /** Every counted run met all its SLOs, and there is at least one. */
  readonly meetsSlo: boolean
  readonly missed: readonly { readonly run: string; readonly slos: readonly string[] }[]
}

export function standingOf({ name, repeats, runs }: Arm): Standing {
  const counted = runs.filter(isCounted)
  const failed = counted.filter(({ outcome }) => outcome === 'FAIL')
  return {
    arm: name,
    repeats,
    counted: counted.length,
    excluded: runs.filter((run) => !isCounted(run)).map(({ id, outcome, why }) => ({ run: id, outcome, why })),
    meetsSlo: counted.length > 0 && failed.length === 0,
    missed: failed.map(({ id, missedSlos }) => ({ run: id, slos: missedSlos })),
  }
}

/** The arm's figures of one metric, one a counted run that has it. */
export function valuesOf({ runs }: Arm, metric: string): number[] {
  return runs
    .filter(isCounted)
    .map(({ values }) => values[metric] ?? null)
    .filter((value) => value !== null)
}
