import type { CacheKind, FanoutKind } from '../../system/editions/edition.ts'
import { type EditionName, needsRedis } from '../../system/editions/index.ts'
import { type FaultKind, faultKinds, type Runtime } from './target.ts'

/** A fault or operation on the profile's axis: it begins at `atMs`, and what it took away comes back `forMs` later. */
export interface PlannedFault {
  readonly kind: FaultKind
  readonly atMs: number
  readonly forMs: number
  /** `scale-gateways`: how many there shall be; absent for kinds that count nothing. */
  readonly amount?: number
}

interface KindFacts {
  /** As events and reports say it; `#` is the amount. */
  readonly words: string
  /** What the amount means; absent where the kind takes none. */
  readonly counts?: string
  /** Needs a durable log and a persister behind it. */
  readonly needsLog?: boolean
  readonly needsRedis?: boolean
  /** Only a Swarm can do it: why the others, whose roles are processes of this machine, cannot. */
  readonly needsSwarm?: string
  /** What to do where a target that could offer it has nothing to strike. */
  readonly remedy?: string
}

const nodeFacts: Pick<KindFacts, 'needsSwarm' | 'remedy'> = {
  needsSwarm: 'there everything runs on one node',
  remedy:
    'Only nodes of a practice cluster are lost on purpose: npm run nodes -- up, then npm run nodes -- run npm run drill -- ...',
}

/** Everything a run can do to its target, by kind. */
export const faultFacts: Readonly<Record<FaultKind, KindFacts>> = {
  'kill-gateway': { words: 'gateway killed (SIGKILL)' },
  'kill-persister': { words: 'persister killed (SIGKILL)', needsLog: true },
  'kill-kafka': { words: 'Kafka killed (SIGKILL)', needsLog: true },
  'kill-redis': { words: 'Redis killed (SIGKILL)', needsRedis: true },
  'store-refuses': { words: 'store refuses writes' },
  'kill-edge': {
    words: 'edge balancer killed (SIGKILL)',
    needsSwarm: 'clients reach the gateways without an edge balancer there',
  },
  'rolling-update': {
    words: 'gateways updated one by one, the new task first',
    needsSwarm: 'there nothing replaces processes one by one',
  },
  'scale-gateways': {
    words: 'gateways scaled to #',
    counts: 'gateways',
    needsSwarm: 'the number of processes there is fixed while they run',
  },
  'kill-node': { words: 'node killed, as if its power failed', ...nodeFacts },
  'cut-node': { words: 'node cut off, its sockets open and silent', ...nodeFacts },
  'leave-node': { words: 'node left the Swarm', ...nodeFacts },
}

export const faultWords = ({ kind, amount }: Pick<PlannedFault, 'kind' | 'amount'>): string =>
  faultFacts[kind].words.replace('#', `${amount}`)

/** What of a run decides whether a kind can be done. */
export interface Offering {
  readonly runtime: Runtime
  readonly backend: EditionName
  readonly fanout: FanoutKind
  readonly cache: CacheKind
}

/** Why a kind cannot be done there, as a clause; null when it can. */
export function notOffered(kind: FaultKind, run: Offering): string | null {
  const facts = faultFacts[kind]
  if (facts.needsSwarm !== undefined && run.runtime !== 'swarm')
    return `not offered by --runtime=${run.runtime}: ${facts.needsSwarm}`
  if (facts.needsLog && run.backend === 'sqlite')
    return 'the backend sqlite has no such part; it fits backends with a log, as --backend=mongo'
  if (facts.needsRedis && !needsRedis(run)) return 'this run has no Redis; it fits --fanout=redis and --cache=redis'
  return null
}

/** How long a killed process stays away when the flag does not say. */
const defaultForMs = 2_000

const pattern = /^([a-z-]+)(?::(\d+))?@(\d+(?:\.\d+)?)s(?:\+(\d+(?:\.\d+)?)s)?$/

/** `kill-kafka@20s+5s`: what, when after t = 0, for how long. Returns the problem as text when it cannot be read. */
export function parseFault(text: string): PlannedFault | string {
  const parts = pattern.exec(text)
  if (parts === null) return `--fault=${text}: write it as <fault>@<seconds>s[+<seconds>s], e.g. kill-kafka@20s+5s`
  const kind = faultKinds.find((known) => known === parts[1])
  if (kind === undefined) return `--fault=${text}: there is no fault "${parts[1]}"; there are ${faultKinds.join(', ')}`
  const forMs = parts[4] === undefined ? defaultForMs : Number(parts[4]) * 1000
  if (forMs <= 0) return `--fault=${text}: it must last longer than 0 s`
  const amount = Number(parts[2] ?? 0)
  const { counts } = faultFacts[kind]
  if (counts === undefined && parts[2] !== undefined) return `--fault=${text}: ${kind} takes no number`
  if (counts !== undefined && !(amount >= 1 && amount <= 16))
    return `--fault=${text}: say how many ${counts}, from 1 to 16, e.g. ${kind}:5@20s`
  return { kind, atMs: Number(parts[3]) * 1000, forMs, ...(counts === undefined ? {} : { amount }) }
}

/** As `--fault` takes it. */
export function formatFault({ kind, atMs, forMs, amount }: PlannedFault): string {
  const number = amount === undefined ? '' : `:${amount}`
  return `${kind}${number}@${atMs / 1000}s+${forMs / 1000}s`
}
