/** Quantities as people write them. Each reader gives null for what it cannot read. */

const durationUnits: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000 }

/** `90s`, `1.5m`, `500ms` in milliseconds; a bare number is refused, for nobody can tell its unit. */
export function parseDurationMs(text: string): number | null {
  const parts = /^(\d+(?:\.\d+)?)(ms|s|min|m|h)$/.exec(text)
  return parts === null ? null : Number(parts[1]) * durationUnits[parts[2]!]!
}

/** `5000/s`, `5000`, `5k` or `5k/s` in messages a second. */
export function parseRate(text: string): number | null {
  const parts = /^(\d+(?:\.\d+)?)(k?)(?:\/s)?$/.exec(text)
  return parts === null ? null : Number(parts[1]) * (parts[2] === 'k' ? 1_000 : 1)
}

/** A whole number without sign, fraction or exponent. */
export function parseCount(text: string): number | null {
  return /^\d{1,15}$/.test(text) ? Number(text) : null
}
