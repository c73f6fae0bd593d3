import { type Figures, fixed, type Part, type Prose } from './figures.ts'
import type { PhaseResult, Result } from './schema/result.ts'
import { ledgerSentence } from './sentences.ts'

/** One-line headings of the charts: each states what its chart shows, from the same data. */

const stageIndex = (result: Result, name: string) => result.ledger.funnel.findIndex((stage) => stage.stage === name)

export function loadFinding(figures: Figures): Prose {
  const { result } = figures
  const [intended, sent, acked] = ['intended', 'sent', 'acked'].map((name) => stageIndex(result, name))
  if (intended === undefined || sent === undefined || acked === undefined || Math.min(intended, sent, acked) < 0)
    return ['No load was offered']
  const count = (index: number) => figures.at(`/ledger/funnel/${index}/count`, 'count')
  return [count(sent), ' of ', count(intended), ' intended messages were sent, ', count(acked), ' were acked']
}

export function deliveriesFinding(figures: Figures): Prose {
  const expected = figures.result.phases.map((_, index) => `/phases/${index}/expectedDeliveries`)
  const delivered = figures.result.phases.map((_, index) => `/phases/${index}/delivered`)
  return [
    figures.derived('sum', delivered, 'count'),
    ' deliveries arrived of ',
    figures.derived('sum', expected, 'count'),
    ' that were due',
  ]
}

type Measured = { readonly phase: PhaseResult; readonly index: number; readonly p99: number }

function measuredPhases(result: Result): Measured[] {
  return result.phases.flatMap((phase, index) =>
    phase.measured && phase.delivery ? [{ phase, index, p99: phase.delivery.p99 }] : [],
  )
}

export function latencyFinding(figures: Figures): Prose {
  const measured = measuredPhases(figures.result)
  const first = measured[0]
  const worst = measured.reduce<Measured | undefined>(
    (top, next) => (!top || next.p99 > top.p99 ? next : top),
    undefined,
  )
  if (!first || !worst) return ['No delivery was measured']
  const p99 = (at: Measured) => figures.at(`/phases/${at.index}/delivery/p99`, 'latency')
  const words: Part[] =
    worst.index === first.index
      ? ['p99 was highest in ', first.phase.name, ': ', p99(first)]
      : ['p99 rose from ', p99(first), ` in ${first.phase.name} to `, p99(worst), ` in ${worst.phase.name}`]
  return [...words, ...worstSecondWords(figures)]
}

function worstSecondWords(figures: Figures): Part[] {
  const { spike } = figures.result
  if (spike.worstSecondP99Us === null || spike.worstSecondS === null) return []
  return [
    ', worst second ',
    figures.at('/spike/worstSecondP99Us', 'latency'),
    ' at ',
    figures.at('/spike/worstSecondS', 'seconds'),
  ]
}

export function heatmapFinding(figures: Figures): Prose {
  const { phases, heatmap } = figures.result
  const slowest = phases.reduce<{ index: number; max: number } | null>((top, phase, index) => {
    const max = phase.delivery?.max ?? -1
    return max >= 0 && (top === null || max > top.max) ? { index, max } : top
  }, null)
  if (heatmap.samples === 0 || slowest === null) return ['No delivery was measured']
  return [
    'The slowest of ',
    figures.at('/heatmap/samples', 'count'),
    ' deliveries took ',
    figures.at(`/phases/${slowest.index}/delivery/max`, 'latency'),
    `, in ${phases[slowest.index]?.name}`,
  ]
}

export function spectrumFinding(figures: Figures): Prose {
  const { phases } = figures.result
  const worst = measuredPhases(figures.result).sort(
    (a, b) => (b.phase.delivery?.p999 ?? 0) - (a.phase.delivery?.p999 ?? 0),
  )[0]
  if (!worst) return ['No delivery was measured']
  const at = (name: string) => figures.at(`/phases/${worst.index}/delivery/${name}`, 'latency')
  const half: Part[] = [`Half of the deliveries in ${phases[worst.index]?.name} took at most `, at('p50')]
  return [...half, ', one in a thousand more than ', at('p999')]
}

export function ledgerFinding(figures: Figures): Prose {
  return ledgerSentence(figures)
}

export function backlogFinding(figures: Figures): Prose {
  const { spike } = figures.result
  if (spike.backlogPeak === null) return ['No backlog was recorded in this run']
  if (spike.backlogPeak === 0) return ['No acked message ever waited for the store at the end of a second']
  const words: Part[] = ['The backlog peaked at ', figures.at('/spike/backlogPeak', 'count'), ' messages']
  if (spike.backlogPeakS !== null) words.push(' at ', figures.at('/spike/backlogPeakS', 'seconds'))
  if (spike.drainRate !== null) words.push(' and drained at ', figures.at('/spike/drainRate', 'rate'), ' msg/s')
  return words
}

/** Whether p99 came back under 1.5 times its base after the fall, and the backlog to its base level. */
export function recoveryFinding(figures: Figures): Prose {
  const { spike } = figures.result
  if (spike.observedS === null) return ['The profile has no recovery phase']
  if (spike.fallEndS === null)
    return [
      'A recovery phase of ',
      figures.at('/spike/observedS', 'seconds'),
      ' is too short to tell whether it recovered',
    ]
  if (spike.recoveryLimitUs === null) return ['Without samples in the base phase nothing tells whether it recovered']
  const limit: Part[] = [fixed('1.5x'), ' base (', figures.at('/spike/recoveryLimitUs', 'latency'), ')']
  const observed: Part[] = [' within the ', figures.at('/spike/observedS', 'seconds'), ' observed']
  const level = (): Part[] => ['to its base level (', figures.at('/spike/backlogBase', 'count'), ')']
  if (spike.p99RecoverS === null)
    return spike.backlogBase === null || spike.backlogRecoverS !== null
      ? ['p99 did not come back under ', ...limit, ...observed]
      : ['Neither did p99 come back under ', ...limit, ' nor the backlog ', ...level(), ...observed]
  const back: Part[] = ['p99 came back under ', ...limit, ' ', figures.at('/spike/p99RecoverS', 'seconds')]
  if (spike.recoverS === null)
    return [...back, ' after the fall, but from then on the backlog did not come back ', ...level(), ...observed]
  if (spike.recoverS === spike.p99RecoverS) return [...back, ' after the fall and stayed']
  const later = figures.at('/spike/recoverS', 'seconds')
  return [...back, ' after the fall and stayed; the backlog came back ', ...level(), ' after ', later]
}

/** Sockets that were cut, how soon their clients were back, and had what they missed. */
export function disturbanceFinding(figures: Figures): Prose {
  const sockets = figures.result.disturbance?.sockets
  if (sockets === undefined || sockets.cut === 0) return ['No socket was cut']
  const at = (name: string) => figures.at(`/disturbance/sockets/${name}`, 'count')
  const p95 = (name: string) => figures.at(`/disturbance/sockets/${name}/p95`, 'latency')
  const words: Part[] = [at('cut'), ' sockets were cut']
  if (sockets.connected !== null) words.push('; ', fixed('95 %'), ' were back within ', p95('connected'))
  if (sockets.resumed !== null) words.push(' and had what they missed within ', p95('resumed'))
  if (sockets.notResumed > 0) words.push('; ', at('notResumed'), ' did not get it before the run ended')
  return words
}

/** What one step cost: the dip, and the backlog. */
export function stepFinding(figures: Figures, index: number): Prose {
  const at = `/disturbance/steps/${index}`
  const step = figures.result.disturbance!.steps[index]!
  const words: Part[] = [figures.quote(`${at}/what`), ' at ', figures.at(`${at}/fromS`, 'seconds')]
  if (step.lowestGoodShare !== null)
    words.push(
      ...(step.dipS === 0
        ? [': no second with less than ', fixed('95 %'), ' in time']
        : [
            ': less than ',
            fixed('95 %'),
            ' in time in ',
            figures.at(`${at}/dipS`, 'count'),
            ' seconds, the worst with ',
            figures.at(`${at}/lowestGoodShare`, 'goodShare'),
          ]),
    )
  if (step.silentS > 0) words.push('; no ack for ', figures.at(`${at}/silentS`, 'seconds'))
  if (step.backlogPeak === null) return words
  if (step.drainedAfterS === null) return [...words, '; the backlog did not come back']
  if (step.drainedAfterS === 0) return [...words, '; no backlog']
  words.push('; backlog up to ', figures.at(`${at}/backlogPeak`, 'count'))
  return [...words, ', drained ', figures.at(`${at}/drainedAfterS`, 'seconds'), ' after the beginning']
}

export function resourcesFinding(figures: Figures): Prose {
  const { components } = figures.result.resources
  const known = components.flatMap(({ cpuSeconds }, index) => (cpuSeconds === null ? [] : [{ index, cpuSeconds }]))
  const top = known.sort((a, b) => b.cpuSeconds - a.cpuSeconds)[0]
  if (!top) return ['No component could be measured']
  return [
    figures.quote(`/resources/components/${top.index}/title`),
    ' used most processor time: ',
    figures.at(`/resources/components/${top.index}/cpuSeconds`, 'number'),
    ' CPU seconds in the measured phases',
  ]
}

export function latenessFinding(figures: Figures): Prose {
  const index = figures.result.validity.findIndex((rule) => rule.unit === 'us')
  const rule = figures.result.validity[index]
  if (!rule || rule.figure === null) return ['Send lateness was not measured']
  return [
    'p99 send lateness was ',
    figures.at(`/validity/${index}/figure`, 'latency', `/validity/${index}/limit`),
    ', allowed ',
    figures.at(`/validity/${index}/limit`, 'bound'),
  ]
}

/** What a message cost on the store's disk. */
export function diskFinding(figures: Figures): Prose {
  const compacted = figures.result.storage?.bytesCompacted != null
  return [
    figures.at('/storage/bytesPerMessage', 'bytes'),
    ' a message',
    ...(compacted ? [' (', figures.at('/storage/compactedBytesPerMessage', 'bytes'), ' compacted)'] : []),
    ', bytes written over bytes of bodies ',
    figures.at('/storage/writeAmplification', 'ratio'),
  ]
}
