import type { MachineSample, ResourceSample } from '../../compose/component.ts'

/** What the lab saw of machine and system at one instant, about once a second. */
export interface Sample {
  /** Seconds since the profile's start. */
  readonly atS: number
  readonly machine: MachineSample
  /** By process group; the lab itself is among them. */
  readonly processes: ReadonlyMap<string, ResourceSample>
  /** Messages accepted but not yet stored; null when nobody could say. */
  readonly backlog: number | null
  readonly eventLoopP99Us: number | null
}

/** For each border between two seconds, 0 to `seconds`, the sample nearest to it within half a second. */
export function samplesAtBorders(samples: readonly Sample[], seconds: number): (Sample | null)[] {
  const borders: (Sample | null)[] = new Array(seconds + 1).fill(null)
  for (const sample of samples) {
    const border = Math.round(sample.atS)
    if (border < 0 || border > seconds) continue
    const known = borders[border]
    if (known == null || Math.abs(sample.atS - border) < Math.abs(known.atS - border)) borders[border] = sample
  }
  return borders
}
