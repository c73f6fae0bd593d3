import type { PhaseResult, Spectrum } from '../../reports/schema/result.ts'
import { type Distribution, maxOf, quantileOf } from '../measure/distribution.ts'
import type { Intervals } from '../measure/intervals.ts'
import { endOf, isThin } from './phases.ts'

const pointsPerCurve = 60
const shownPhases: readonly string[] = ['base', 'hold', 'recovery']

/** Percentile spectra of the phases a reader compares. */
export function spectraOf(phases: readonly PhaseResult[], latency: Intervals): Spectrum[] {
  return phases.flatMap((phase) => {
    const samples = latency.span('delivery', phase.startS, endOf(phase))
    if (!shownPhases.includes(phase.name) || samples.total === 0) return []
    return [spectrumOf(phase.name, samples, phase.delivery?.messages ?? 0)]
  })
}

/**
 * HDR percentile iteration: quantile `1 - 2^(-i / ticks)`, so each halving of the tail gets as many points, then the
 * maximum.
 */
export function spectrumOf(phase: PhaseResult['name'], samples: Distribution, messages: number): Spectrum {
  const halvings = Math.max(1, Math.ceil(Math.log2(samples.total)))
  const ticks = Math.max(1, Math.round(pointsPerCurve / halvings))
  const points: [number, number][] = []
  for (let i = 0; i < ticks * halvings; i++) {
    const quantile = 1 - 2 ** (-i / ticks)
    points.push([Number(quantile.toPrecision(8)), quantileOf(samples, quantile)!])
  }
  points.push([1, maxOf(samples)!])
  const thin = points.findIndex(([quantile]) => quantile === 1 || isThin(messages, quantile))
  return { phase, points, solid: thin }
}
