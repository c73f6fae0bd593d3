/** One wall-clock second of the generator's `timeline.ndjson`. Quantiles are of the deliveries read in it. */
export interface TimelineSecond {
  readonly s: number
  readonly phase: string
  readonly offered: number
  readonly intended: number
  readonly sent: number
  readonly acked: number
  readonly refused: number
  readonly delivered: number
  readonly connected: number
  readonly pending: number
  readonly p50Us: number | null
  readonly p99Us: number | null
  readonly maxUs: number | null
  readonly ackP99Us: number | null
  readonly lateP99Us: number | null
}

export interface TimelineEvent {
  readonly tUs: number
  readonly kind: string
  readonly what: string
}

export type TimelineLine =
  | { readonly type: 'connected'; readonly users: number; readonly subscriptions: number; readonly elapsedMs: number }
  | { readonly type: 'start'; readonly unixMs: number }
  | ({ readonly type: 'second' } & TimelineSecond)
  | ({ readonly type: 'event' } & TimelineEvent)
  | { readonly type: 'end'; readonly tUs: number; readonly reason: string }

const types: readonly string[] = ['connected', 'start', 'second', 'event', 'end']

/** Null for a line that is cut short or of a type this lab does not know. */
export function parseTimelineLine(line: string): TimelineLine | null {
  try {
    const value = JSON.parse(line) as TimelineLine
    return types.includes(value.type) ? value : null
  } catch {
    return null
  }
}

/** Everything a generator said while it ran. */
export interface Timeline {
  readonly startUnixMs: number | null
  readonly seconds: readonly TimelineSecond[]
  readonly events: readonly TimelineEvent[]
  readonly endReason: string | null
}

export function readTimeline(text: string): Timeline {
  const lines = text.split('\n').map(parseTimelineLine)
  return {
    startUnixMs: lines.find((line) => line?.type === 'start')?.unixMs ?? null,
    seconds: lines.filter((line) => line?.type === 'second'),
    events: lines.filter((line) => line?.type === 'event'),
    endReason: lines.find((line) => line?.type === 'end')?.reason ?? null,
  }
}
