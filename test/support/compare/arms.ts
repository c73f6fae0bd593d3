import type { Arm, ComparedRun } from '../../../lab/compare/arms.ts'
import type { Metric } from '../../../lab/compare/metrics.ts'

const metric = (id: string, described: Partial<Metric>): Metric => ({
  id,
  title: id,
  unit: 'us',
  better: 'lower',
  primary: true,
  atEqualSlo: false,
  lead: `faster in ${id}`,
  ...described,
})

export const latency = metric('latency', {})
export const goodput = metric('goodput', { unit: 'msgPerS', better: 'higher', lead: 'higher in goodput' })
export const cpu = metric('CPU', { unit: 'cpuSeconds', atEqualSlo: true, lead: 'cheaper in CPU' })
export const backlog = metric('backlog', { unit: 'messages', lead: 'lower in backlog' })

const run = (id: string, values: Record<string, number | null>, part: Partial<ComparedRun>): ComparedRun => ({
  id,
  outcome: 'PASS',
  why: '',
  missedSlos: [],
  values,
  ...part,
})

/** An arm whose i-th run has the i-th value of each metric; `parts[i]` changes that run. */
export function armOf(
  name: string,
  values: Readonly<Record<string, readonly (number | null)[]>>,
  parts: Readonly<Record<number, Partial<ComparedRun>>> = {},
  repeats: string | null = null,
): Arm {
  const length = Math.max(...Object.values(values).map((column) => column.length))
  const runs = Array.from({ length }, (_, i) => {
    const row = Object.entries(values).map(([id, column]) => [id, column[i] ?? null] as const)
    return run(`${name}-${i}`, Object.fromEntries(row), parts[i] ?? {})
  })
  return { name, repeats, runs }
}

export const invalid: Partial<ComparedRun> = { outcome: 'INVALID', why: 'the generator was late' }
export const failed: Partial<ComparedRun> = { outcome: 'FAIL', missedSlos: ['p99 delivery (hold)'] }
