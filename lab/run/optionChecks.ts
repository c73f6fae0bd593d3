import { isStackBackend, stackBackends } from '../stack/options.ts'
import { notOffered, type PlannedFault } from './faults.ts'
import type { ResolvedRun } from './resolved.ts'

export function checkFaults(run: ResolvedRun, own: readonly PlannedFault[], problems: string[]): void {
  const { faults, profile } = run
  const lastMs = profile.reduce((sum, segment) => sum + segment.durationMs, 0)
  for (const fault of faults) {
    const name = own.includes(fault) ? fault.kind : `--fault=${fault.kind}`
    if (fault.atMs >= lastMs && lastMs > 0) problems.push(`${name}: the profile is over at ${lastMs / 1000}s`)
    const why = notOffered(fault.kind, run)
    if (why !== null) problems.push(`${name}: ${why}`)
  }
}

/** A page of 50 rows costs the lab's own process 0.8 ms of CPU: at most a sixth of a core, which is the load's too. */
const maxReadsPerSecond = 200

export function checkReads({ readsPerSecond, history, users, roomSize }: ResolvedRun, problems: string[]): void {
  if (readsPerSecond > maxReadsPerSecond)
    problems.push(
      `--reads=${readsPerSecond} is more than the ${maxReadsPerSecond}/s that the lab's process can ask for`,
    )
  const rooms = Math.floor(users / roomSize)
  if (readsPerSecond > 0 && history < rooms)
    problems.push(`--reads needs something to read: give --history=${rooms} or more, a message for each room`)
}

export function checkRuntime({ runtime, backend, cores, brokers }: ResolvedRun, problems: string[]): void {
  if (runtime !== 'swarm' && brokers > 1)
    problems.push(`--brokers=${brokers} takes --runtime=swarm: elsewhere a Kafka of the lab's own is one broker`)
  if (runtime !== 'swarm') return
  if (!isStackBackend(backend))
    problems.push(`--runtime=swarm takes --backend=${stackBackends.join('|')}: ${backend} cannot be had as a service`)
  if (cores !== null)
    problems.push('--cores cannot be had with --runtime=swarm: Swarm gives a service no cores of its own')
}
