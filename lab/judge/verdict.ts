import {
  digitsAgainst,
  formatCount,
  formatLatency,
  formatLatencyBound,
  formatRatio,
  formatShare,
} from '../../reports/format.ts'
import type { ledgerCounters, SloResult, ValidityRule, Verdict } from '../../reports/schema/result.ts'
import { counterMeaning, quantileName } from '../../reports/wording.ts'

export const exitCodes = {
  PASS: 0,
  FAIL: 1,
  usage: 2,
  INVALID: 3,
  environment: 4,
  bug: 5,
  INCOMPLETE: 130,
} as const

type Reason = Verdict['reasons'][number]

export interface VerdictInput {
  readonly slos: readonly SloResult[]
  readonly validity: readonly ValidityRule[]
  readonly highestGoodRate: number | null
  /** Where a run was stopped by hand; null if it ran to its end. */
  readonly interrupted: { readonly atS: number; readonly phase: string } | null
}

/** Interrupted beats invalid beats failed: each of them makes the next one unfounded. */
export function decide({ slos, validity, highestGoodRate, interrupted }: VerdictInput): Verdict {
  const broken = validity.flatMap((rule, index) => (rule.ok || rule.demoted ? [] : [{ rule, index }]))
  const missed = slos.flatMap((slo, index) => (slo.met === true ? [] : [{ slo, index }])).sort(byGravity)
  const done = (outcome: Verdict['outcome'], reasons: Reason[]): Verdict => ({
    outcome,
    exitCode: exitCodes[outcome],
    reasons,
    decisiveSlo: missed[0]?.index ?? nearestToBound(slos),
    highestGoodRate,
  })
  if (interrupted !== null) {
    const text = `Stopped by hand at ${interrupted.atS} s, in ${interrupted.phase}`
    const losses = missed.filter(({ slo }) => slo.metric.startsWith('ledger:') && slo.met === false)
    return done('INCOMPLETE', [{ code: 'interrupted', text, pointer: '/run/interruptedAtS' }, ...losses.map(sloReason)])
  }
  if (broken.length > 0) return done('INVALID', broken.map(ruleReason))
  return missed.length > 0 ? done('FAIL', missed.map(sloReason)) : done('PASS', [])
}

/** Losses before untruths before disorder, as `ledger:<counter>`. */
const ledgerGravity = [
  'lost_after_ack',
  'delivered_unsaved',
  'corrupted',
  'undelivered',
  'duplicate_rows',
  'order_mismatch',
  'reordered',
  'duplicate_deliveries',
] as const satisfies readonly (typeof ledgerCounters)[number][]

/** Ledger, then messages of unknown fate, then errors, then latency; within one kind by how far beyond the bound. */
function byGravity(a: { slo: SloResult }, b: { slo: SloResult }): number {
  return gravity(a.slo) - gravity(b.slo) || beyond(b.slo) - beyond(a.slo)
}

function gravity(slo: SloResult): number {
  const counter = ledgerGravity.findIndex((name) => slo.metric === `ledger:${name}`)
  if (counter >= 0) return counter
  return ledgerGravity.length + ['indeterminate', 'errors'].indexOf(slo.metric) + (slo.quantile === null ? 0 : 3)
}

/** A missed bound of 0, or no answer at all, is infinitely far away. */
const beyond = (slo: SloResult): number => slo.ratio ?? Number.MAX_VALUE

function nearestToBound(slos: readonly SloResult[]): number | null {
  const rated = slos.flatMap((slo, index) => (slo.ratio === null ? [] : [{ ratio: slo.ratio, index }]))
  if (rated.length === 0) return slos.length > 0 ? 0 : null
  return rated.reduce((a, b) => (b.ratio > a.ratio ? b : a)).index
}

function sloReason({ slo, index }: { slo: SloResult; index: number }): Reason {
  return { code: slo.metric, text: sloText(slo), pointer: `/slos/${index}/measured` }
}

function sloText(slo: SloResult): string {
  const counter = counterMeaning[slo.metric.replace('ledger:', '') as keyof typeof counterMeaning]
  if (counter !== undefined && slo.measured !== null) return `${formatCount(slo.measured)} ${counter}`
  const where = slo.worstPhase === null ? '' : ` in ${slo.worstPhase}`
  const quantile = slo.quantile === null ? '' : `${quantileName(slo.quantile)} `
  if (slo.measured === null) return `${quantile}${slo.metric}${where} has no figure: nothing came back`
  const far = slo.ratio === null ? '' : ` (${formatRatio(slo.ratio)})`
  return `${quantile}${slo.metric}${where} was ${figure(slo.measured, slo.unit, slo.bound)}, bound ${bound(slo.bound, slo.unit)}${far}`
}

function ruleReason({ rule, index }: { rule: ValidityRule; index: number }): Reason {
  const shown =
    rule.figure === null ? 'unknown' : figure(rule.figure, rule.unit, rule.limit, rule.direction === 'atLeast')
  const word = rule.direction === 'atMost' ? 'allowed' : 'needed'
  const text = `${rule.title}: ${shown}, ${word} ${bound(rule.limit, rule.unit)}. ${rule.cause} ${rule.action}`
  return { code: rule.rule, text, pointer: `/validity/${index}/figure` }
}

/** Written with as many digits as it takes to lie on its own side of the limit. */
const figure = (value: number, unit: SloResult['unit'], limit: number, lowIsBad = false): string => {
  if (unit === 'us') return formatLatency(value, digitsAgainst(value, limit))
  return unit === 'ratio' ? formatShare(value, lowIsBad ? 'low' : 'high') : formatCount(value)
}

const bound = (value: number, unit: SloResult['unit']): string =>
  unit === 'us' ? formatLatencyBound(value) : figure(value, unit, value, true)
