import { type Static, Type } from '@sinclair/typebox'
import { Count, closed, Ints, Nullable, Quantiles } from './quantities.ts'

/** What was used: processors, memory and bytes a component, the store's disk; and how history was read meanwhile. */

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
    /** Columns over `series.s`: cores, MiB (the largest), MB/s. */
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

export const Resources = Type.Object(
  {
    cores: Type.Integer(),
    components: Type.Array(ComponentResources),
    /** Share of the machine, 0..1, over `series.s`. `foreign`: CPU used by what is not of this run. */
    steal: Ints,
    foreign: Ints,
  },
  closed,
)

/** The store's own data folder, its write-ahead log apart; allocated blocks. docs/measuring.md has the definitions. */
export const Storage = Type.Object(
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

/** First page of a room, a page deep in its history, the rooms of a user. */
export const readKinds = ['firstPage', 'deepPage', 'roomList'] as const

/** History reads over REST while the load ran, over the measured phases. Latencies are from when a read was due. */
export const Reads = Type.Object(
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

export type ComponentResources = Static<typeof ComponentResources>
export type StorageResult = Static<typeof Storage>
export type ReadsResult = Static<typeof Reads>
