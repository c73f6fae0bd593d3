/** Sum of a Prometheus metric over its labels; null when the text has none of that name, or one that is no number. */
export function metricSum(text: string, name: string): number | null {
  let sum: number | null = null
  for (const line of text.split('\n')) {
    if (!line.startsWith(name)) continue
    const rest = line.slice(name.length)
    if (rest[0] !== ' ' && rest[0] !== '{') continue
    const value = Number(rest.slice(rest.lastIndexOf(' ') + 1))
    // A part that nobody knows (NaN) makes the sum unknown, not smaller.
    if (!Number.isFinite(value)) return null
    sum = (sum ?? 0) + value
  }
  return sum
}

/** Null when nobody answers in time: a process that was killed must not stop the clock of the lab. */
export async function scrape(internalUrl: string, timeoutMs = 800): Promise<string | null> {
  try {
    const answer = await fetch(`${internalUrl}/metrics`, { signal: AbortSignal.timeout(timeoutMs) })
    return answer.ok ? await answer.text() : null
  } catch {
    return null
  }
}

/**
 * Messages accepted but not yet stored. While the persister is away, what gateways accepted since its last word is
 * added to the lag it last told: the log's end minus its last known commit.
 */
export class BacklogMeter {
  #lastLag: number | null = null
  #acceptedThen: number | null = null

  /** `lag` from the persister, null when it does not answer; `accepted` from the gateways. */
  update(lag: number | null, accepted: number | null): number | null {
    if (lag !== null) {
      this.#lastLag = lag
      this.#acceptedThen = accepted
      return lag
    }
    if (this.#lastLag === null || this.#acceptedThen === null || accepted === null) return null
    // Only the persister can say that nothing is left: what it told last was sampled up to a second before.
    return this.#lastLag + Math.max(0, accepted - this.#acceptedThen) || null
  }
}
