import type { PhaseResult, SloResult, ValidityRule } from '../../reports/schema/result.ts'
import { quantileOf } from '../measure/distribution.ts'
import type { Intervals } from '../measure/intervals.ts'
import { endOf } from './phases.ts'

/** A component that ended or was restarted without being told to. */
export interface UnplannedEnd {
  readonly component: string
  readonly atS: number
  /** In one sentence without its full stop: `kafka ended by itself (exit code 1): the disk of kafka is full`. */
  readonly text: string
}

/** What the rules of measuring.md section 5 look at. */
export interface ValidityEvidence {
  readonly phases: readonly PhaseResult[]
  readonly latency: Intervals
  /** Tightest p99 bound on delivery in microseconds; null without one. */
  readonly p99BoundUs: number | null
  readonly overflows: number
  readonly audit: { readonly complete: boolean; readonly problem: string | null }
  readonly unplanned: readonly UnplannedEnd[]
  /** Share of the machine, 0..1, by second of the profile. */
  readonly steal: readonly (number | null)[]
  readonly foreign: readonly (number | null)[]
  readonly generator: { readonly endReason: string | null; readonly exitProblem: string | null }
  readonly slos: readonly SloResult[]
  readonly noisyOk: boolean
}

type Rule = Omit<ValidityRule, 'ok' | 'demoted' | 'fromS' | 'toS'> & Partial<ValidityRule>

/** Every rule, causes before their consequences: the first broken one is what a reader is told first. */
export function judgeValidity(evidence: ValidityEvidence): ValidityRule[] {
  return [
    restarts(evidence),
    generatorEnded(evidence),
    audit(evidence),
    overflow(evidence),
    lateness(evidence),
    sentShare(evidence),
    noise(evidence),
    unjudged(evidence.slos),
  ]
}

/** Judges a rule again whose limit has changed. */
export const restate = ({ ok: _, ...input }: ValidityRule): ValidityRule => rule(input)

function rule(input: Rule): ValidityRule {
  const { figure, limit, direction } = input
  const ok = figure !== null && (direction === 'atMost' ? figure <= limit : figure >= limit)
  return { demoted: false, fromS: null, toS: null, ok, ...input }
}

const measuredSeconds = (phases: readonly PhaseResult[]): number[] =>
  phases
    .filter((phase) => phase.measured)
    .flatMap((phase) => Array.from({ length: phase.durationS }, (_, i) => phase.startS + i))

/** First and last of the seconds that break a rule. */
const extent = (seconds: readonly number[]): Pick<ValidityRule, 'fromS' | 'toS'> => ({
  fromS: seconds[0] ?? null,
  toS: seconds.length === 0 ? null : seconds.at(-1)! + 1,
})

/** 5 % of the p99 bound, and never below 5 ms (measuring.md section 5). */
export const latenessLimitUs = (p99BoundUs: number | null): number =>
  Math.max(5_000, Math.round(0.05 * (p99BoundUs ?? 0)))

/** The worst measured phase counts: a late generator in the base phase is not healed by a long punctual hold. */
function lateness({ phases, latency, p99BoundUs }: ValidityEvidence): ValidityRule {
  const limit = latenessLimitUs(p99BoundUs)
  const figures = phases
    .filter((phase) => phase.measured)
    .map((phase) => quantileOf(latency.span('lateness', phase.startS, endOf(phase)), 0.99))
    .filter((us) => us !== null)
  const figure = figures.length === 0 ? null : Math.max(...figures)
  const late = measuredSeconds(phases).filter((s) => (quantileOf(latency.at('lateness', s), 0.99) ?? 0) > limit)
  return rule({
    rule: 'late-generator',
    title: 'p99 send lateness (worst measured phase)',
    figure,
    limit,
    unit: 'us',
    direction: 'atMost',
    ...(figure === null || figure <= limit ? {} : extent(late)),
    cause: 'The load generator had too little CPU: it shares the machine with the system under test.',
    action: 'Lower the rate, give the generator more cores, or move it to a machine of its own.',
  })
}

function sentShare({ phases }: ValidityEvidence): ValidityRule {
  const measured = phases.filter((phase) => phase.measured)
  const intended = measured.reduce((sum, phase) => sum + phase.intended, 0)
  const sent = measured.reduce((sum, phase) => sum + phase.sent, 0)
  return rule({
    rule: 'unsent',
    title: 'Share of the intended messages that was sent',
    figure: intended === 0 ? null : sent / intended,
    limit: 0.999,
    unit: 'ratio',
    direction: 'atLeast',
    cause: 'Senders had no open socket, or the generator could not keep up.',
    action: 'Look at the events for disconnects; if there are none, lower the rate or add cores.',
  })
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.?$/, '.')}`

function overflow({ overflows }: ValidityEvidence): ValidityRule {
  return rule({
    rule: 'overflow',
    title: 'Number of latency samples beyond 120 s',
    figure: overflows,
    limit: 0,
    unit: 'count',
    direction: 'atMost',
    cause: 'Some messages took longer than the histograms reach.',
    action: 'Lower the rate or shorten the hold, so that the queue stays under two minutes.',
  })
}

function audit({ audit: { complete, problem } }: ValidityEvidence): ValidityRule {
  return rule({
    rule: 'audit',
    title: 'Number of unfinished audits',
    figure: complete ? 0 : 1,
    limit: 0,
    unit: 'count',
    direction: 'atMost',
    cause: complete ? 'The store was read back whole.' : sentence(problem ?? 'it was cut short'),
    action: 'Check the store and its log in the run folder, then run again.',
  })
}

function restarts({ unplanned }: ValidityEvidence): ValidityRule {
  const told = [...new Set(unplanned.map(({ text }) => text))].join('; ')
  return rule({
    rule: 'restart',
    title: 'Number of components that ended unplanned',
    figure: unplanned.length,
    limit: 0,
    unit: 'count',
    direction: 'atMost',
    ...extent(unplanned.map((exit) => Math.max(0, Math.floor(exit.atS)))),
    cause: told === '' ? 'Nothing ended that was not told to.' : sentence(told),
    action: 'Read its last log lines in the events and its log in the run folder.',
  })
}

function noise({ phases, steal, foreign, noisyOk }: ValidityEvidence): ValidityRule {
  const share = (second: number): number | null => {
    const stolen = steal[second] ?? null
    const others = foreign[second] ?? null
    return stolen === null && others === null ? null : (stolen ?? 0) + (others ?? 0)
  }
  const seconds = measuredSeconds(phases)
  const known = seconds.map(share).filter((value) => value !== null)
  const figure = known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length
  const limit = 0.1
  const broken = figure === null || figure > limit
  return rule({
    rule: 'foreign-cpu',
    title: 'Share of the machine stolen or used by others',
    figure,
    limit,
    unit: 'ratio',
    direction: 'atMost',
    demoted: broken && noisyOk,
    ...(broken ? extent(seconds.filter((second) => (share(second) ?? 0) > limit)) : {}),
    cause: 'Other programs, or other guests of the host, used the machine (engines given by address count as others).',
    action: 'Stop them and run again, or accept the noise with --noisy-ok.',
  })
}

/** `drain-timeout` is no fault of the generator: it waited long enough for answers that did not come. */
function generatorEnded({ generator }: ValidityEvidence): ValidityRule {
  const { endReason, exitProblem } = generator
  const whole = exitProblem === null && (endReason === 'drained' || endReason === 'drain-timeout')
  return rule({
    rule: 'generator-ended',
    title: 'Number of load generators that ended early',
    figure: whole ? 0 : 1,
    limit: 0,
    unit: 'count',
    direction: 'atMost',
    cause: whole
      ? 'It ran to the end of the profile.'
      : (exitProblem ?? `It ended with "${endReason ?? 'no reason'}".`),
    action: 'Read logs/generator.log in the run folder.',
  })
}

export function unjudged(slos: readonly SloResult[]): ValidityRule {
  const open = slos.filter((slo) => slo.met === null)
  return rule({
    rule: 'unjudged',
    title: 'Number of objectives without a figure',
    figure: open.length,
    limit: 0,
    unit: 'count',
    direction: 'atMost',
    cause:
      open.length === 0 ? 'Every objective has its figure.' : `No figure for ${open.map((slo) => slo.id).join(', ')}.`,
    action: 'Choose a profile that sends in every phase the objectives name.',
  })
}
