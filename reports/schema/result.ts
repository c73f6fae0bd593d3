import { type Static, type TSchema, Type } from '@sinclair/typebox'

/**
 * `result.json`: everything a report may say. Times on the run's axis are whole seconds or milliseconds from the
 * profile's start as their names say; latencies are integer microseconds; null = no figure, with the reason beside it
 * where a reader would ask.
 */

const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const Count = Type.Integer({ minimum: 0 })
const Us = Type.Integer({ minimum: 0 })
const closed = { additionalProperties: false }

export const phaseNames = ['warm-up', 'base', 'rise', 'hold', 'fall', 'recovery'] as const
const PhaseName = Type.Union(phaseNames.map((name) => Type.Literal(name)))

/** Latency of one kind in one phase. `n` counts samples, `messages` counts messages (copies share their fate). */
const Quantiles = Type.Object(
  { n: Count, messages: Count, p50: Us, p90: Us, p99: Us, p999: Us, max: Us, thin: Type.Array(Type.String()) },
  closed,
)

const Engine = Type.Object(
  {
    product: Type.String(),
    version: Type.String(),
    compatibleWith: Type.Optional(Type.String()),
    details: Type.Optional(Type.String()),
  },
  closed,
)

export const outcomes = ['PASS', 'FAIL', 'INVALID', 'INCOMPLETE'] as const
const Verdict = Type.Object(
  {
    outcome: Type.Union(outcomes.map((name) => Type.Literal(name))),
    exitCode: Type.Integer(),
    /** Reasons, gravest first. `pointer` names the figure in this document that decides. */
    reasons: Type.Array(Type.Object({ code: Type.String(), text: Type.String(), pointer: Type.String() }, closed)),
    /** Index into `slos` of the one nearest to (PASS) or furthest beyond (FAIL) its bound; null without SLOs. */
    decisiveSlo: Nullable(Type.Integer()),
    /** Highest offered rate of a whole second in which every latency SLO held; null if none. */
    highestGoodRate: Nullable(Type.Number()),
  },
  closed,
)

/**
 * `metric` is delivery, ack (latency, with quantile), errors (ratio), indeterminate (ratio), reconnect, resume, drain (of
 * `disturbance`) or ledger:<counter>.
 */
const SloResult = Type.Object(
  {
    id: Type.String(),
    metric: Type.String(),
    /** A phase, or `measured` (every measured phase: the worst counts), or `run`. */
    phase: Type.String(),
    /** 0..1, 1 = max; null for counters and ratios. */
    quantile: Nullable(Type.Number()),
    bound: Type.Number(),
    unit: Type.Union([Type.Literal('us'), Type.Literal('ratio'), Type.Literal('count')]),
    measured: Nullable(Type.Number()),
    /** The phase the measured figure comes from. */
    worstPhase: Nullable(Type.String()),
    /** measured / bound; null when the bound is 0 or nothing was measured. */
    ratio: Nullable(Type.Number()),
    secondsMissed: Nullable(Count),
    secondsJudged: Nullable(Count),
    firstMissS: Nullable(Count),
    /** null: could not be judged (never a pass). */
    met: Nullable(Type.Boolean()),
    thin: Type.Boolean(),
  },
  closed,
)

/** One row a rule of measuring.md section 5. `margin` = limit / figure where both are positive. */
const ValidityRule = Type.Object(
  {
    rule: Type.String(),
    title: Type.String(),
    figure: Nullable(Type.Number()),
    limit: Type.Number(),
    unit: Type.Union([Type.Literal('us'), Type.Literal('ratio'), Type.Literal('count')]),
    /** `atMost`: figure must not exceed limit; `atLeast`: must reach it. */
    direction: Type.Union([Type.Literal('atMost'), Type.Literal('atLeast')]),
    ok: Type.Boolean(),
    /** True when --noisy-ok or the like demoted a broken rule to a warning. */
    demoted: Type.Boolean(),
    fromS: Nullable(Count),
    toS: Nullable(Count),
    cause: Type.String(),
    action: Type.String(),
  },
  closed,
)

const Phase = Type.Object(
  {
    name: PhaseName,
    startS: Count,
    durationS: Count,
    fromRate: Type.Number(),
    toRate: Type.Number(),
    measured: Type.Boolean(),
    intended: Count,
    sent: Count,
    acked: Count,
    refused: Type.Array(Type.Object({ code: Type.String(), count: Count }, closed)),
    indeterminate: Count,
    delivered: Count,
    expectedDeliveries: Count,
    goodput: Count,
    delivery: Nullable(Quantiles),
    ack: Nullable(Quantiles),
    lateness: Nullable(Quantiles),
    deliveryService: Nullable(Quantiles),
    ackService: Nullable(Quantiles),
    /**
     * From when a message was due to when the persister says that the store had it, of the first message due in each
     * 10 ms. Null where no persister is: there a RECEIPT means stored, so the ack latency is an upper bound.
     */
    persistReported: Nullable(Quantiles),
  },
  closed,
)

const Ints = Type.Array(Nullable(Type.Number()))
/** Columns of the same length, one entry a second of the profile and of the drain after it. */
const Series = Type.Object(
  {
    widthS: Type.Integer({ minimum: 1 }),
    s: Type.Array(Count),
    /** Messages a second asked for by the profile (mean over the second). */
    offered: Ints,
    /** By wall clock. */
    sent: Ints,
    acked: Ints,
    delivered: Ints,
    refused: Ints,
    connected: Ints,
    /** Messages due in this second that reached every member within the bound. */
    goodput: Ints,
    /** By due time, microseconds. */
    deliveryP50: Ints,
    deliveryP99: Ints,
    deliveryMax: Ints,
    ackP50: Ints,
    ackP99: Ints,
    ackMax: Ints,
    serviceP50: Ints,
    serviceP99: Ints,
    serviceMax: Ints,
    latenessP99: Ints,
    /** Messages accepted but not yet stored, sampled at the second's end. */
    backlog: Ints,
    eventLoopP99: Ints,
  },
  closed,
)

/** Delivery latency: 8 bins a decade from 1 us; each column is `[seriesIndex, firstBin, count, count, ...]`. */
const Heatmap = Type.Object(
  { binsPerDecade: Type.Integer(), minUs: Us, columns: Type.Array(Type.Array(Count)), samples: Count },
  closed,
)

/** Points `[quantile 0..1, us]`; from index `solid` on fewer than 10 messages lie beyond. */
const Spectrum = Type.Object(
  { phase: PhaseName, points: Type.Array(Type.Tuple([Type.Number(), Us])), solid: Count },
  closed,
)

export const ledgerCounters = [
  'lost_after_ack',
  'undelivered',
  'delivered_unsaved',
  'duplicate_deliveries',
  'duplicate_rows',
  'reordered',
  'order_mismatch',
  'corrupted',
] as const

/** First page of a room, a page deep in its history, the rooms of a user. */
export const readKinds = ['firstPage', 'deepPage', 'roomList'] as const

const MessageIdentity = Type.Object({ generator: Count, room: Count, k: Count }, closed)
const Ledger = Type.Object(
  {
    /** intended, sent, acked, logged, persisted, delivered, searchable: count null where the stage does not exist here. */
    funnel: Type.Array(Type.Object({ stage: Type.String(), count: Nullable(Count), note: Type.String() }, closed)),
    counters: Type.Array(
      Type.Object(
        {
          name: Type.Union(ledgerCounters.map((name) => Type.Literal(name))),
          invariant: Type.String(),
          /** null: the audit could not tell. */
          count: Nullable(Count),
          examples: Type.Array(MessageIdentity),
        },
        closed,
      ),
    ),
    indeterminate: Type.Object({ count: Count, stored: Nullable(Count), notStored: Nullable(Count) }, closed),
    audit: Type.Object(
      {
        complete: Type.Boolean(),
        reader: Type.String(),
        rowsRead: Count,
        foreignRows: Count,
        /** Rows of the preloaded history; in no other figure of the ledger, `rowsRead` neither. */
        historyRows: Count,
        durationMs: Count,
        problem: Nullable(Type.String()),
      },
      closed,
    ),
  },
  closed,
)

const Spike = Type.Object(
  {
    baseP99Us: Nullable(Us),
    worstSecondP99Us: Nullable(Us),
    worstSecondS: Nullable(Count),
    /** worst 1-second p99 / p99 of the base phase */
    overshoot: Nullable(Type.Number()),
    backlogPeak: Nullable(Count),
    backlogPeakS: Nullable(Count),
    backlogBase: Nullable(Count),
    /** messages a second while the backlog fell from its peak */
    drainRate: Nullable(Type.Number()),
    /** end of fall, and the p99 limit (1.5 x base p99) */
    fallEndS: Nullable(Count),
    recoveryLimitUs: Nullable(Us),
    /** seconds from the end of the fall until both have recovered; null = not within `observedS` */
    recoverS: Nullable(Type.Number()),
    /** until p99 stays within its limit; null = not within `observedS` */
    p99RecoverS: Nullable(Type.Number()),
    /** until the backlog is first at its base level for a while; null = not within `observedS`, or not measured */
    backlogRecoverS: Nullable(Type.Number()),
    observedS: Nullable(Count),
    /** recovery p99 / base p99 */
    hysteresis: Nullable(Type.Number()),
  },
  closed,
)

const ComponentResources = Type.Object(
  {
    name: Type.String(),
    /** What it is for the reader: `gateway`, `Apache Kafka 4.3.1`, `load generator`. */
    title: Type.String(),
    measured: Type.Boolean(),
    /**
     * Cores that the kernel said its processes may use, as `0,2-3`; several lists joined by `and` when they were not
     * alike or changed. Null: not ours to pin (`measured` is false), or nobody could say.
     */
    cores: Nullable(Type.String()),
    /** Settings that bound its memory, as the lab gave them; empty where the engine's own defaults hold. */
    memory: Type.Array(Type.Object({ what: Type.String(), bytes: Count }, closed)),
    /** Columns over `series.s`: cores, MiB, MB/s. */
    cpuCores: Ints,
    residentMiB: Ints,
    readMBps: Ints,
    writtenMBps: Ints,
    /** Sums over the measured phases. */
    cpuSeconds: Nullable(Type.Number()),
    cpuMsPerThousandMessages: Nullable(Type.Number()),
    peakResidentMiB: Nullable(Type.Number()),
    readBytes: Nullable(Type.Number()),
    writtenBytes: Nullable(Type.Number()),
    /** Calls of the write family, to files, pipes and sockets; null where the kernel does not tell. */
    writeCalls: Nullable(Count),
  },
  closed,
)

const Resources = Type.Object(
  {
    cores: Type.Integer(),
    components: Type.Array(ComponentResources),
    /** Share of the machine, 0..1, per second. `foreign`: CPU used by what is not of this run. */
    steal: Ints,
    foreign: Ints,
  },
  closed,
)

/** The store's own data folder, its write-ahead log apart; allocated blocks. docs/measuring.md has the definitions. */
const Storage = Type.Object(
  {
    /** With its schema and nobody in it. */
    bytesEmpty: Count,
    /** With users, rooms and history, before the load. */
    bytesBefore: Count,
    bytesAfter: Count,
    /** After the engine's own compaction; null: not asked for, or it failed. */
    bytesCompacted: Nullable(Count),
    /** Write-ahead log, after the run; in none of the other figures. */
    journalBytes: Count,
    /** Messages of the run, and of the history before it, that the audit found. */
    messages: Count,
    history: Count,
    /** (after - before) / messages; below 0 where the engine tidied up meanwhile. */
    bytesPerMessage: Nullable(Type.Number()),
    /** (compacted - empty) / (messages + history). */
    compactedBytesPerMessage: Nullable(Type.Number()),
    /** Bodies of `messages`, in bytes of UTF-8. */
    bodyBytes: Count,
    /** What the store's processes gave to the block layer from before the load until after the audit. */
    writtenBytes: Nullable(Type.Number()),
    /** writtenBytes / bodyBytes. */
    writeAmplification: Nullable(Type.Number()),
  },
  closed,
)

/** History reads over REST while the load ran, over the measured phases. Latencies are from when a read was due. */
const Reads = Type.Object(
  {
    /** Reads a second asked for, all kinds together, the kinds in turn. */
    perSecond: Type.Number(),
    pageRows: Count,
    kinds: Type.Array(
      Type.Object(
        {
          kind: Type.Union(readKinds.map((kind) => Type.Literal(kind))),
          intended: Count,
          /** No right answer: `HTTP-<status>`, `TIMEOUT`, `CONNECTION`, `WRONG-ROWS`. */
          errors: Type.Array(Type.Object({ code: Type.String(), count: Count }, closed)),
          /** Of right answers; `messages` = `n`, the number of them. */
          latency: Nullable(Quantiles),
        },
        closed,
      ),
    ),
    /** Sent minus due: the lab's own fault, which the latencies contain. */
    lateness: Nullable(Quantiles),
  },
  closed,
)

const RunEvent = Type.Object(
  {
    id: Type.String(),
    tS: Type.Number(),
    untilS: Nullable(Type.Number()),
    phase: Type.String(),
    kind: Type.Union(
      ['fault', 'exit', 'restart', 'reconnect', 'cut', 'back-pressure', 'refused', 'error', 'note'].map((kind) =>
        Type.Literal(kind),
      ),
    ),
    what: Type.String(),
    effect: Type.String(),
    planned: Type.Boolean(),
  },
  closed,
)

/** Microseconds over sockets; null without any. */
const AfterCut = Nullable(Type.Object({ n: Count, p50: Us, p95: Us, max: Us }, closed))

const Sockets = Type.Object(
  {
    /** Lost after t = 0, by the client's own account. */
    cut: Count,
    /** Close codes; 1006 = broken without one. */
    codes: Type.Array(Type.Object({ code: Count, count: Count }, closed)),
    /** Whose client did not have what it missed when the run ended. */
    notResumed: Count,
    /** How long nothing had come from a server that clients took for lost. */
    silent: AfterCut,
    /** Until the client's next socket was subscribed. */
    connected: AfterCut,
    /** Until the client had all that passed meanwhile. */
    resumed: AfterCut,
  },
  closed,
)

/** What was done to the target on purpose, and what it cost. docs/drills.md has the definitions. */
const Disturbance = Type.Object(
  {
    /** Of the whole run, whatever cut them. */
    sockets: Sockets,
    /** Faults and operations in order of time; each answers for what happened until the next one began. */
    steps: Type.Array(
      Type.Object(
        {
          /** Its event. */
          event: Type.String(),
          what: Type.String(),
          fromS: Type.Number(),
          untilS: Nullable(Type.Number()),
          sockets: Sockets,
          /** Lowest share of a second's due messages that reached every member in time; by due time. */
          lowestGoodShare: Nullable(Type.Number()),
          lowestGoodS: Nullable(Count),
          /** Seconds in which that share was below 95 %. */
          dipS: Count,
          /** Longest stretch of seconds in which messages were due and none was acked. */
          silentS: Count,
          /** What counts as drained; null: the backlog was not measured before. */
          backlogLimit: Nullable(Count),
          backlogPeak: Nullable(Count),
          backlogPeakS: Nullable(Count),
          /** From the beginning of the step until the backlog was back; 0 = it never left, null = it never came back. */
          drainedAfterS: Nullable(Type.Number()),
        },
        closed,
      ),
    ),
  },
  closed,
)

const Target = Type.Object(
  {
    /** `mongo@1, FerretDB 2.7.0`: backend@schema, engine version. */
    title: Type.String(),
    backend: Type.String(),
    edition: Type.String(),
    pipeline: Type.String(),
    fanout: Type.String(),
    schemaVersion: Nullable(Type.Integer()),
    engines: Type.Array(
      Type.Object({ role: Type.String(), origin: Type.String(), engine: Engine, durability: Type.String() }, closed),
    ),
    /** One sentence an engine that only speaks another's protocol; empty otherwise. */
    compatibleFlags: Type.Array(Type.String()),
    processes: Type.Array(Type.String()),
    /** Where its processes ran: `native` on this machine, `swarm`. Absent in results of before there was a choice. */
    runtime: Type.Optional(Type.String()),
  },
  closed,
)

const ConfigRow = Type.Object(
  { name: Type.String(), value: Type.String(), default: Type.String(), changed: Type.Boolean() },
  closed,
)

export const ResultSchema = Type.Object(
  {
    schema: Type.Literal('lab.result/2'),
    run: Type.Object(
      {
        id: Type.String(),
        scenario: Type.String(),
        label: Type.String(),
        startedAt: Type.String(),
        durationS: Count,
        seed: Type.Integer(),
        command: Type.String(),
        commit: Nullable(Type.String()),
        labVersion: Type.String(),
        folder: Type.String(),
        interruptedAtS: Nullable(Count),
        interruptedPhase: Nullable(Type.String()),
      },
      closed,
    ),
    verdict: Verdict,
    slos: Type.Array(SloResult),
    validity: Type.Array(ValidityRule),
    warnings: Type.Array(Type.String()),
    target: Target,
    workload: Type.Object(
      {
        users: Count,
        rooms: Count,
        roomSize: Count,
        /** Messages in the store before the load began, over all rooms. */
        history: Count,
        bodyBytes: Count,
        languages: Type.Array(Type.String()),
        arrivals: Type.String(),
        goodputBoundUs: Us,
        peakRate: Type.Number(),
        holdS: Count,
      },
      closed,
    ),
    phases: Type.Array(Phase),
    series: Series,
    heatmap: Heatmap,
    spectrum: Type.Array(Spectrum),
    ledger: Ledger,
    spike: Spike,
    resources: Resources,
    /** Null: the store was given, the run was stopped, or the disk could not be measured (then a warning says so). */
    storage: Nullable(Storage),
    /** Null: no reads were asked for. */
    reads: Nullable(Reads),
    events: Type.Array(RunEvent),
    /** Absent in results of before it was measured. */
    disturbance: Type.Optional(Disturbance),
    environment: Type.Object(
      {
        cpuModel: Type.String(),
        cores: Count,
        /** Those that the lab could use, as `0-3`; null where the system does not tell. */
        allowedCores: Nullable(Type.String()),
        memoryMiB: Count,
        kernel: Type.String(),
        os: Type.String(),
        versions: Type.Record(Type.String(), Type.String()),
      },
      closed,
    ),
    config: Type.Array(ConfigRow),
  },
  { ...closed, $id: 'lab.result/2' },
)

export type Result = Static<typeof ResultSchema>
export type Quantiles = Static<typeof Quantiles>
export type PhaseResult = Static<typeof Phase>
export type SloResult = Static<typeof SloResult>
export type ValidityRule = Static<typeof ValidityRule>
export type SeriesColumns = Static<typeof Series>
export type LedgerResult = Static<typeof Ledger>
export type SpikeFigures = Static<typeof Spike>
export type ComponentResources = Static<typeof ComponentResources>
export type StorageResult = Static<typeof Storage>
export type ReadsResult = Static<typeof Reads>
export type DisturbanceResult = Static<typeof Disturbance>
export type RunEvent = Static<typeof RunEvent>
export type Verdict = Static<typeof Verdict>
export type Target = Static<typeof Target>
export type Heatmap = Static<typeof Heatmap>
export type Spectrum = Static<typeof Spectrum>
