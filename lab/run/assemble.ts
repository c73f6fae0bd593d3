import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { formatCount } from '../../reports/format.ts'
import type { LedgerResult, Result } from '../../reports/schema/result.ts'
import { profileDurationMs } from '../../scenarios/profiles.ts'
import type { PlannedStep } from '../judge/disturbance.ts'
import { type Evidence, type Judgement, judge, tightestP99 } from '../judge/judge.ts'
import { type PhaseSpan, phaseSpans } from '../judge/phases.ts'
import type { MeasuredComponent } from '../judge/resources.ts'
import { type StorageMarks, storageOf } from '../judge/storage.ts'
import { latenessLimitUs } from '../judge/validity.ts'
import { deliveredMessages, type LedgerFile } from '../ledger/file.ts'
import { type AuditOutcome, emptyLedger, type Reconciled } from '../ledger/reconcile.ts'
import type { GeneratorSums } from '../measure/generator.ts'
import type { Sample } from '../measure/samples.ts'
import type { TimelineEvent } from '../measure/timeline.ts'
import { labProcess, misplaced } from './cores.ts'
import { checkoutCommit, describeEnvironment } from './environment.ts'
import type { EventLog } from './events.ts'
import { exitText, type UnplannedExit } from './exits.ts'
import { fitting } from './fit.ts'
import type { GeneratorOutput } from './generator.ts'
import { checkoutRoot, shownFolder, withoutPaths } from './places.ts'
import type { ResolvedRun } from './resolved.ts'
import { warningsOf } from './warnings.ts'

/** Everything that is known of a run when its processes have ended. */
export interface RunRecord {
  readonly run: ResolvedRun
  readonly runId: string
  readonly folder: string
  readonly startUnixMs: number
  readonly target: Result['target']
  readonly versions: Readonly<Record<string, string>>
  readonly components: readonly MeasuredComponent[]
  /** Cores that the lab could use before it kept itself to some of them. */
  readonly allowedCores: string | null
  readonly coresSeen: ReadonlyMap<string, readonly string[]>
  readonly output: GeneratorOutput
  readonly reconciled: Reconciled | null
  readonly audit: AuditOutcome
  readonly samples: readonly Sample[]
  readonly reads: Result['reads']
  readonly storage: StorageMarks | null
  /** Messages that waited to be stored when the lab had waited enough; null = nobody could tell. */
  readonly unstored: number | null
  /** Measurements that failed. */
  readonly problems: readonly string[]
  readonly events: EventLog
  readonly unplanned: readonly UnplannedExit[]
  readonly exitProblem: string | null
  readonly interrupted: { readonly atS: number; readonly phase: string } | null
}

/**
 * Joins what was measured, what was judged and what was set up into the one document of a run, in columns wide enough
 * for its page to fit.
 */
export function assembleResult(record: RunRecord): Result {
  const ledger: LedgerResult = record.reconciled?.ledger ?? emptyLedger(record.audit)
  const evidence = evidenceOf(record, ledger)
  bookGeneratorEvents(record.output.timeline.events, record.events)
  return fitting((doublings) => withoutPaths(documentOf(record, ledger, judge(evidence, doublings)), record.folder))
}

function evidenceOf(record: RunRecord, ledger: LedgerResult): Evidence {
  const { run, output } = record
  const spans = phaseSpans(run.profile)
  return {
    profile: run.profile,
    slos: run.slos,
    generators: output.sums === null ? [] : [output.sums],
    latency: output.latency,
    timeline: output.timeline.seconds,
    samples: record.samples,
    ledger,
    deliveredMessages: messagesByPhase(spans, output.sums, output.ledger),
    components: [
      ...record.components,
      { name: 'generator', title: 'load generator', measured: true },
      { name: labProcess, title: 'the lab itself', measured: true },
    ],
    cores: cpus().length,
    coresSeen: record.coresSeen,
    unplanned: record.unplanned.map((exit) => ({
      component: exit.component,
      atS: (exit.atUnixMs - record.startUnixMs) / 1000,
      text: exitText(exit),
    })),
    generatorEnd: {
      endReason: output.sums?.endReason ?? output.timeline.endReason,
      exitProblem: record.exitProblem ?? output.problems[0] ?? null,
    },
    noisyOk: run.noisyOk,
    interrupted: record.interrupted,
    steps: stepsOf(record.events.list(spans)),
  }
}

function documentOf(record: RunRecord, ledger: LedgerResult, { durationS, ...judgement }: Judgement): Result {
  const { run, output } = record
  return {
    schema: 'lab.result/2',
    run: runFacts(record, durationS),
    ...judgement,
    warnings: warningsOf({
      validity: judgement.validity,
      components: record.components,
      misplaced: misplaced(run, record.coresSeen),
      lostAfterAck: ledger.counters.find(({ name }) => name === 'lost_after_ack')?.count ?? 0,
      unstored: record.unstored,
      refusedYetStored: record.reconciled?.refusedYetStored ?? 0,
      historyMissing: ledger.audit.complete ? run.history - ledger.audit.historyRows : 0,
      reads: record.reads,
      latenessLimitUs: latenessLimitUs(tightestP99(run.slos)),
      sums: output.sums,
      problems: [...output.problems, ...record.problems],
    }),
    reads: record.reads,
    storage: storageResult(record, ledger),
    target: record.target,
    workload: workloadOf(run),
    ledger,
    events: record.events.list(phaseSpans(run.profile)),
    environment: describeEnvironment(record.versions, record.allowedCores),
    config: run.config,
  }
}

/** Null where a figure that it divides by, or one of its marks, is missing. */
function storageResult({ run, storage }: RunRecord, { funnel, audit }: LedgerResult): Result['storage'] {
  const messages = funnel.find(({ stage }) => stage === 'persisted')?.count ?? null
  if (storage === null || messages === null) return null
  return storageOf(storage, { messages, history: audit.historyRows, bodyBytes: run.bodyBytes })
}

const stepsOf = (events: Result['events']): PlannedStep[] =>
  events.flatMap(({ id, kind, what, tS, untilS }) => (kind === 'fault' ? [{ event: id, what, fromS: tS, untilS }] : []))

const kinds: Readonly<Record<string, Result['events'][number]['kind']>> = {
  disconnect: 'cut',
  reconnect: 'reconnect',
  resume: 'reconnect',
  refused: 'refused',
}
const eventKind = (kind: string) => kinds[kind] ?? 'error'

/** A cut tears hundreds of sockets at once: events of one kind within a second are one row. */
function bookGeneratorEvents(events: readonly TimelineEvent[], log: EventLog): void {
  const rows = new Map<string, TimelineEvent[]>()
  for (const event of events) {
    const key = `${event.kind} ${Math.floor(event.tUs / 1e6)}`
    rows.set(key, [...(rows.get(key) ?? []), event])
  }
  for (const row of rows.values()) {
    const [{ tUs, kind, what }] = row as [TimelineEvent]
    const times = row.length === 1 ? '' : `${formatCount(row.length)} times, first: `
    log.add({ tS: tUs / 1e6, kind: eventKind(kind), what: `${kind}: ${times}${what}`, planned: false })
  }
}

/** `k` is the due order over all rooms, so the intended counts of the phases cut the ledger into phases. */
function messagesByPhase(spans: readonly PhaseSpan[], sums: GeneratorSums | null, ledger: LedgerFile | null): number[] {
  let from = 0
  return spans.map((span) => {
    if (sums === null || ledger === null) return 0
    const intended = sums.phases
      .filter((phase) => phase.phase === span.name)
      .reduce((sum, phase) => sum + phase.intended, 0)
    const count = deliveredMessages(ledger, from, from + intended)
    from += intended
    return count
  })
}

function runFacts(record: RunRecord, durationS: number): Result['run'] {
  const { run, interrupted } = record
  return {
    id: record.runId,
    scenario: run.scenario,
    label: run.label,
    startedAt: new Date(record.startUnixMs).toISOString(),
    durationS,
    seed: run.seed,
    command: run.command,
    commit: checkoutCommit(checkoutRoot),
    labVersion: (JSON.parse(readFileSync(`${checkoutRoot}package.json`, 'utf8')) as { version: string }).version,
    folder: shownFolder(record.folder),
    interruptedAtS: interrupted === null ? null : Math.floor(interrupted.atS),
    interruptedPhase: interrupted?.phase ?? null,
  }
}

function workloadOf(run: ResolvedRun): Result['workload'] {
  return {
    users: run.users,
    rooms: Math.ceil(run.users / run.roomSize),
    roomSize: run.roomSize,
    history: run.history,
    bodyBytes: run.bodyBytes,
    languages: [...run.languages],
    arrivals: run.arrivals,
    goodputBoundUs: run.goodputBoundUs,
    peakRate: Math.max(0, ...run.profile.flatMap((segment) => [segment.fromRate, segment.toRate])),
    holdS: profileDurationMs(run.profile.filter((segment) => segment.phase === 'hold')) / 1000,
  }
}
