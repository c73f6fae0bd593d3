import { formatCount, formatLatency } from '../../reports/format.ts'
import type { Result } from '../../reports/schema/result.ts'
import type { MeasuredComponent } from '../judge/resources.ts'
import type { GeneratorSums } from '../measure/generator.ts'
import type { Misplaced } from './cores.ts'

export interface WarningFacts {
  readonly validity: Result['validity']
  readonly components: readonly MeasuredComponent[]
  /** Process groups that were seen on other cores than they were to be kept to. */
  readonly misplaced: readonly Misplaced[]
  readonly lostAfterAck: number
  /** Messages that waited to be stored when the lab had waited enough; null = nobody could tell. */
  readonly unstored: number | null
  readonly refusedYetStored: number
  /** Messages of the preloaded history that a whole audit did not find; below 0: it found some twice. */
  readonly historyMissing: number
  readonly reads: Result['reads']
  /** Beyond this p99 the lab's own lateness is worth a word, as it is with the generator's. */
  readonly latenessLimitUs: number
  readonly sums: GeneratorSums | null
  /** What of the generator's files is missing or cannot be read. */
  readonly problems: readonly string[]
}

/** What a reader should know of a run besides its verdict. */
export function warningsOf({
  validity,
  components,
  misplaced,
  lostAfterAck,
  unstored,
  refusedYetStored,
  historyMissing,
  reads,
  latenessLimitUs,
  sums,
  problems,
}: WarningFacts): string[] {
  const warnings = ['The limit on SENDs per user is off in load runs.']
  for (const rule of validity.filter((candidate) => candidate.demoted))
    warnings.push(`${rule.title} broke its limit; --noisy-ok made that a warning.`)
  for (const { title, measured } of components)
    if (!measured)
      warnings.push(
        `${title} was given by its address: its CPU and memory are not measured, its cores are not ours to pin.`,
      )
  for (const { group, wanted, seen } of misplaced)
    warnings.push(`${group} was to be kept to core ${wanted} and was seen on ${seen}.`)
  if (lostAfterAck > 0 && unstored !== 0) {
    const many = unstored === null ? 'An unknown number of' : formatCount(unstored)
    warnings.push(
      `${many} messages still waited to be stored when the lab had waited enough: what the ledger calls lost may only be late.`,
    )
  }
  if (refusedYetStored > 0)
    warnings.push(`${formatCount(refusedYetStored)} messages were refused and are stored all the same.`)
  if (historyMissing > 0)
    warnings.push(`${formatCount(historyMissing)} messages of the preloaded history were not read back.`)
  if (historyMissing < 0)
    warnings.push(`${formatCount(-historyMissing)} messages of the preloaded history were read back twice.`)
  const lateUs = reads?.lateness?.p99 ?? 0
  if (lateUs > latenessLimitUs)
    warnings.push(`History reads were sent late by p99 ${formatLatency(lateUs)}, which is in their latencies.`)
  return [...warnings, ...(sums === null ? [] : oddities(sums)), ...problems]
}

/** What the clients saw and could make nothing of, or had to mend. */
function oddities(sums: GeneratorSums): string[] {
  const unprovoked = sums.reconnects === 0 ? ', though nobody had reconnected' : ''
  const told: readonly (readonly [count: number, text: string])[] = [
    [sums.foreignMessages, 'messages came that this run had not sent.'],
    [sums.unknownFrames, 'frames came that the clients could not read.'],
    [sums.errorFrames, 'ERROR frames came from the system.'],
    [sums.gaps, `times a receiver saw a gap in a room's sequence${unprovoked}.`],
    [sums.resumed, 'deliveries came by history after a reconnect and have no latency sample.'],
  ]
  return told.filter(([count]) => count > 0).map(([count, text]) => `${formatCount(count)} ${text}`)
}
