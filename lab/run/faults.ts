import { type FaultKind, faultKinds } from './target.ts'

/** A fault on the profile's axis: it strikes at `atMs` and is undone `forMs` later. */
export interface PlannedFault {
  readonly kind: FaultKind
  readonly atMs: number
  readonly forMs: number
}

/** How long a killed process stays away when the flag does not say. */
const defaultForMs = 2_000

const pattern = /^([a-z-]+)@(\d+(?:\.\d+)?)s(?:\+(\d+(?:\.\d+)?)s)?$/

/** `kill-kafka@20s+5s`: what, when after t = 0, for how long. Returns the problem as text when it cannot be read. */
export function parseFault(text: string): PlannedFault | string {
  const parts = pattern.exec(text)
  if (parts === null) return `--fault=${text}: write it as <fault>@<seconds>s[+<seconds>s], e.g. kill-kafka@20s+5s`
  const kind = faultKinds.find((known) => known === parts[1])
  if (kind === undefined) return `--fault=${text}: there is no fault "${parts[1]}"; there are ${faultKinds.join(', ')}`
  const forMs = parts[3] === undefined ? defaultForMs : Number(parts[3]) * 1000
  if (forMs <= 0) return `--fault=${text}: it must last longer than 0 s`
  return { kind, atMs: Number(parts[2]) * 1000, forMs }
}
