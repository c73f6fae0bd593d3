import type { Comparison } from '../../../reports/schema/comparison.ts'
import type { Result } from '../../../reports/schema/result.ts'
import { buildResult } from '../results/build.ts'

/** A valid run of a commit; `change` makes it the one that a test is about. */
export function runOf(id: string, change: (result: Result) => void = () => {}): Result {
  const result = buildResult()
  result.run.id = id
  result.run.commit = id.split('-')[0]!
  change(result)
  return result
}

/** The p99 of delivery in hold, microseconds: the largest of all phases from 100,000 on. */
export const holdP99 = (us: number) => (result: Result) => {
  result.phases.find(({ name }) => name === 'hold')!.delivery!.p99 = us
}

/** Runs `name-1`, `name-2` ... with these figures of hold. */
export const runsWith = (name: string, p99s: readonly number[]): Result[] =>
  p99s.map((us, index) => runOf(`${name}-${index + 1}`, holdP99(us)))

/** A comparison of runs like `result` whose A/A pair came out with these floors, each way round. */
export function noiseLike(result: Result, floors: Readonly<Record<string, number>>, runs = 5): Comparison {
  const { users, roomSize, bodyBytes, peakRate, holdS } = result.workload
  const { cpuModel, cores, memoryMiB, kernel } = result.environment
  const arm = (name: string, floorOnly: boolean): Comparison['arms'][number] => ({
    name,
    title: null,
    value: result.target.backend,
    floorOnly,
    engines: [],
    compatibleFlags: [],
    metSlos: true,
    missed: null,
    runsPlanned: runs,
    runsUsed: runs,
    problem: null,
    limits: [],
    medianRun: null,
  })
  const metrics = Object.keys(floors).map((id): Comparison['metrics'][number] => {
    return { id, title: id, unit: 'us', better: 'lower', primary: false, group: 'latency', component: null }
  })
  return {
    schema: 'lab.comparison/1',
    id: 'noise',
    startedAt: '2026-11-21T09:00:00.000Z',
    labVersion: '0.1.0',
    commit: null,
    command: 'npm run compare',
    factor: 'backend',
    seed: 1,
    delta: 1.1,
    resamples: 10_000,
    partial: null,
    workload: {
      scenario: result.run.scenario,
      ...{ peakRate, holdS, users, roomSize, bodyBytes, history: 0 },
      slos: [],
    },
    environment: { cpuModel, cores, memoryMiB, kernel },
    phases: result.phases.map(({ name, startS, durationS, measured }) => ({ name, startS, durationS, measured })),
    metrics,
    arms: [arm('mongo', false), arm('mongo again', true)],
    runs: [],
    medianRunMetric: null,
    summaries: [],
    effects: [],
    floors: Object.entries(floors).map(([metric, ratio]) => ({
      metric,
      ratio,
      low: 1 / ratio,
      high: ratio,
      n: [runs, runs] as [number, number],
    })),
    differences: [],
    answer: [],
    warnings: [],
    method: [],
  }
}
