import type { ComponentResources, PhaseResult, Result } from '../../reports/schema/result.ts'
import { metricName, readNames } from '../../reports/wording.ts'
import { labProcess } from '../run/cores.ts'
import { watchers } from '../run/swarm/names.ts'
import type { ComparedRun } from './arms.ts'
import { costOf, type PriceSheet, type ResourcesUsed } from './prices.ts'

/** `us` is a latency, `cpuSeconds` are per 1,000 messages, `memoryBytes` are binary and `bytes` decimal when printed. */
export type MetricUnit =
  | 'us'
  | 'msgPerS'
  | 's'
  | 'messages'
  | 'cpuSeconds'
  | 'memoryBytes'
  | 'bytes'
  | 'calls'
  | 'ratio'
  | 'money'

/** What is compared. Declared before the runs; nothing about it depends on how they came out. */
export interface Metric {
  /** `delivery/p99/hold`, `cpu/system`, `cpu/persister`. */
  readonly id: string
  /** `p99 delivery in hold`. */
  readonly title: string
  readonly unit: MetricUnit
  readonly better: 'lower' | 'higher'
  readonly primary: boolean
  /** A cost: told only between arms that met the same SLOs. */
  readonly atEqualSlo: boolean
  /** After a ratio: `1.8x cheaper in CPU`. */
  readonly lead: string
}

interface Figure {
  readonly metric: Metric
  readonly value: number | null
}

const primaryIds: readonly string[] = ['delivery/p99/hold', 'cpu/system']

/** The run as comparing sees it: verdict and figures, with what they cost where there is a price sheet. */
export function comparedRun(result: Result, prices: PriceSheet | null = null): ComparedRun {
  return {
    id: result.run.id,
    outcome: result.verdict.outcome,
    why: result.verdict.reasons[0]?.text ?? '',
    missedSlos: result.slos.filter(({ met }) => met !== true).map((slo) => `${metricName(slo)} (${slo.phase})`),
    values: Object.fromEntries(figuresOf(result, prices).map(({ metric, value }) => [metric.id, value])),
  }
}

/** Every metric that at least one of the results has a figure of, in the order of the report. */
export function metricsOf(results: readonly Result[], prices: PriceSheet | null = null): Metric[] {
  const known = results.flatMap((result) => figuresOf(result, prices)).filter(({ value }) => value !== null)
  return [...new Map(known.map(({ metric }) => [metric.id, metric])).values()]
}

function figuresOf(result: Result, prices: PriceSheet | null): Figure[] {
  return [
    ...result.phases.filter(({ measured }) => measured).flatMap(phaseFigures),
    ...spikeFigures(result.spike),
    ...costFigures(result),
    ...(prices === null ? [] : [moneyFigure(result, prices)]),
    ...diskFigures(result),
    ...readFigures(result),
  ]
}

const figure = (
  id: string,
  value: number | null,
  described: Pick<Metric, 'title' | 'unit' | 'lead'> & Partial<Pick<Metric, 'better' | 'atEqualSlo'>>,
): Figure => ({
  metric: { better: 'lower', atEqualSlo: false, ...described, id, primary: primaryIds.includes(id) },
  value,
})

/** The tail in every phase, and the hold in full: more would be many ways to say the same, each with its own chance. */
const latenciesOf = (phase: string): readonly ['delivery' | 'ack', 'p50' | 'p99' | 'p999'][] =>
  phase === 'hold'
    ? [
        ['delivery', 'p50'],
        ['delivery', 'p99'],
        ['delivery', 'p999'],
        ['ack', 'p99'],
      ]
    : [['delivery', 'p99']]

function phaseFigures(phase: PhaseResult): Figure[] {
  const latencies = latenciesOf(phase.name).map(([kind, name]) => {
    const title = `${name === 'p999' ? 'p99.9' : name} ${kind} in ${phase.name}`
    const quantiles = phase[kind]
    // Fewer than ten messages beyond it: a figure of a few messages, not of the run.
    const value = quantiles === null || quantiles.thin.includes(name) ? null : quantiles[name]
    return figure(`${kind}/${name}/${phase.name}`, value, { title, unit: 'us', lead: `faster in ${title}` })
  })
  const stored = phase.name === 'hold' ? [storedFigure(phase)] : []
  const title = `goodput in ${phase.name}`
  const perSecond = phase.durationS === 0 ? null : phase.goodput / phase.durationS
  const described = { title, unit: 'msgPerS', better: 'higher', lead: `higher in ${title}` } as const
  const goodput = phase.name === 'hold' ? [figure(`goodput/${phase.name}`, perSecond, described)] : []
  return [...latencies, ...stored, ...goodput]
}

/** A RECEIPT of a pipeline that stores first means stored: there the persister has nothing to report. */
function storedFigure({ persistReported, ack }: PhaseResult): Figure {
  const quantiles = persistReported ?? ack
  const title = 'p99 from due to stored in hold'
  const value = quantiles === null || quantiles.thin.includes('p99') ? null : quantiles.p99
  return figure('stored/p99/hold', value, { title, unit: 'us', lead: 'faster to store in hold' })
}

function spikeFigures({ backlogPeak, drainRate, fallEndS, recoveryLimitUs, recoverS }: Result['spike']): Figure[] {
  const watched = fallEndS !== null && recoveryLimitUs !== null
  // Not recovered while it was watched is later than every recovery that was seen, and no missing figure.
  const recovery = watched ? (recoverS ?? Number.POSITIVE_INFINITY) : null
  return [
    figure('recovery', recovery, { title: 'time to recover', unit: 's', lead: 'faster to recover' }),
    figure('backlog/peak', backlogPeak, { title: 'backlog peak', unit: 'messages', lead: 'lower in backlog peak' }),
    figure('backlog/drain', drainRate, {
      title: 'drain rate of the backlog',
      unit: 'msgPerS',
      better: 'higher',
      lead: 'faster to drain the backlog',
    }),
  ]
}

/** What runs only because it is measured: no chat would pay for it. */
const instruments: readonly string[] = ['generator', labProcess, 'prometheus', ...watchers.values()]
const isInstrument = (name: string) => instruments.includes(name) || name.endsWith('-exporter')

function costFigures({ resources, phases, target }: Result): Figure[] {
  const messages = phases.reduce((sum, phase) => sum + (phase.measured ? phase.acked : 0), 0)
  const parts = resources.components.filter(({ name }) => !isInstrument(name))
  const described = { atEqualSlo: true } as const
  const cpu = (part: string, owners: readonly ComponentResources[], of: string): Figure => {
    const used = sumOf(owners, ({ cpuSeconds }) => cpuSeconds)
    const words = { title: `CPU per thousand messages${of}`, unit: 'cpuSeconds', lead: `cheaper in CPU${of}` } as const
    return figure(`cpu/${part}`, per(used, messages / 1_000), { ...described, ...words })
  }
  const footprint = (part: string, owners: readonly ComponentResources[], of: string): Figure[] => {
    const written = sumOf(owners, ({ writtenBytes }) => writtenBytes)
    return [
      figure(`memory/${part}`, peakTogether(owners), {
        ...described,
        title: `peak resident memory${of}`,
        unit: 'memoryBytes',
        lead: `smaller in resident memory${of}`,
      }),
      figure(`written/${part}`, per(written, messages), {
        ...described,
        title: `bytes written per message${of}`,
        unit: 'bytes',
        lead: `cheaper in bytes written${of}`,
      }),
      figure(
        `calls/${part}`,
        per(
          sumOf(owners, ({ writeCalls }) => writeCalls),
          messages,
        ),
        {
          ...described,
          title: `write calls per message${of}`,
          unit: 'calls',
          lead: `cheaper in write calls${of}`,
        },
      ),
    ]
  }
  // Engines have different names and the same place.
  const partOf = ({ name }: ComponentResources) => (name === target.backend ? 'store' : name)
  const store = parts.filter((component) => partOf(component) === 'store')
  return [
    cpu('system', parts, ''),
    ...parts.map((component) => cpu(partOf(component), [component], ` of ${partOf(component)}`)),
    ...footprint('system', parts, ''),
    ...(store.length === 0 ? [] : footprint('store', store, ' of store')),
  ]
}

/** The whole system over the measured phases, and what its store keeps of them. */
function moneyFigure({ resources, phases, storage }: Result, prices: PriceSheet): Figure {
  const parts = resources.components.filter(({ name }) => !instruments.includes(name))
  const measured = phases.filter((phase) => phase.measured)
  const messages = measured.reduce((sum, { acked }) => sum + acked, 0)
  const stored = storage?.compactedBytesPerMessage ?? storage?.bytesPerMessage ?? null
  const used: ResourcesUsed = {
    messages,
    durationS: measured.reduce((sum, { durationS }) => sum + durationS, 0),
    cpuSeconds: sumOf(parts, ({ cpuSeconds }) => cpuSeconds),
    residentBytes: peakTogether(parts),
    writtenBytes: sumOf(parts, ({ writtenBytes }) => writtenBytes),
    storedBytes: stored === null ? null : stored * messages,
  }
  const title = `${prices.currency} per million messages (prices: ${prices.source})`
  return figure('money/system', costOf(used, prices).total, {
    title,
    unit: 'money',
    lead: `cheaper in ${prices.currency}`,
    atEqualSlo: true,
  })
}

function diskFigures({ storage }: Result): Figure[] {
  if (storage === null) return []
  const cost = (id: string, value: number | null, title: string, unit: MetricUnit) =>
    figure(`disk/${id}`, value, { title, unit, lead: `smaller in ${title}`, atEqualSlo: true })
  // Growth below 0 tells of tidying up, not of messages that cost nothing.
  const grown = storage.bytesPerMessage === null || storage.bytesPerMessage < 0 ? null : storage.bytesPerMessage
  return [
    cost('grown', grown, 'bytes on disk per message', 'bytes'),
    cost('compacted', storage.compactedBytesPerMessage, 'bytes on disk per message after compaction', 'bytes'),
    cost('amplification', storage.writeAmplification, 'write amplification', 'ratio'),
  ]
}

/** Of right answers only. */
function readFigures({ reads }: Result): Figure[] {
  return (reads?.kinds ?? []).map(({ kind, latency }) => {
    const title = `p99 of the ${readNames[kind]}`
    const value = latency === null || latency.thin.includes('p99') ? null : latency.p99
    return figure(`reads/${kind}`, value, { title, unit: 'us', lead: `faster to read the ${readNames[kind]}` })
  })
}

const per = (sum: number | null, count: number): number | null => (sum === null || count === 0 ? null : sum / count)

/** Null when one of the parts is not known: a sum of the others would make it look cheap. */
function sumOf(owners: readonly ComponentResources[], pick: (of: ComponentResources) => number | null): number | null {
  const values = owners.map((owner) => (owner.measured ? pick(owner) : null))
  return values.length === 0 || values.includes(null) ? null : values.reduce<number>((sum, value) => sum + value!, 0)
}

const MiB = 1024 * 1024

/** The highest second of all parts together, not the sum of peaks that fell into different seconds. */
function peakTogether(owners: readonly ComponentResources[]): number | null {
  const seconds = Math.max(0, ...owners.map(({ residentMiB }) => residentMiB.length))
  const levels = Array.from({ length: seconds }, (_, s) => sumOf(owners, ({ residentMiB }) => residentMiB[s] ?? null))
  const known = levels.filter((level) => level !== null)
  return known.length === 0 ? null : Math.max(...known) * MiB
}
