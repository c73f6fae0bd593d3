import type { Comparison } from '../../../reports/schema/comparison.ts'
import { type ArmShape, buildComparison, concluded } from './build.ts'

/** Named samples: the ordinary case and each edge that a comparison report must survive. */

const mysql: ArmShape = {
  name: 'mysql',
  value: 'mysql',
  floorOnly: false,
  title: 'mysql@1, MySQL 9.7.4',
  product: 'MySQL',
  version: '9.7.4',
  slower: 1,
  dearer: 1,
  runs: 5,
}
const mongo: ArmShape = {
  ...mysql,
  name: 'mongo',
  value: 'mongo',
  title: 'mongo@1, FerretDB 2.7.0',
  product: 'FerretDB',
  version: '2.7.0',
  slower: 1.08,
  dearer: 1.8,
}
const cassandra: ArmShape = {
  ...mysql,
  name: 'cassandra',
  value: 'cassandra',
  title: 'cassandra@1, Apache Cassandra 5.0.6',
  product: 'Apache Cassandra',
  version: '5.0.6',
  slower: 2.4,
  dearer: 2.6,
}
const again: ArmShape = { ...mysql, name: 'mysql (A/A)', floorOnly: true }

const runNamed = (comparison: Comparison, id: string) => {
  const run = comparison.runs.find((candidate) => candidate.id === id)
  if (!run) throw new Error(`the sample has no run ${id}`)
  return run
}

export function wholeSeries(): Comparison {
  return buildComparison({ arms: [mysql, mongo, cassandra, again], withReads: true })
}

/** Three backends, five runs each, no A/A pair: the case that the size budget speaks of. */
export function plainSeries(): Comparison {
  return buildComparison({ arms: [mysql, mongo, cassandra], withReads: true })
}

/** As large as a real series of three backends: spare runs for INVALID ones, and a metric for each component. */
export function fullSeries(): Comparison {
  const comparison = wholeSeries()
  const spares = ['cassandra-1', 'cassandra-2', 'cassandra-3'].map((id, index) => {
    const spare = structuredClone(runNamed(comparison, id))
    const excluded = 'INVALID: p99 send lateness (worst measured phase): 58.6 ms, allowed 50 ms.'
    return Object.assign(spare, { id: `${id}-spare`, order: 21 + index, outcome: 'INVALID', excluded })
  })
  comparison.runs.push(...spares)
  const others = comparison.metrics.filter(({ primary }) => !primary)
  for (let index = comparison.metrics.length; index < 29; index += 1) {
    const source = others[index % others.length]
    if (source === undefined) throw new Error('the sample has no metric but primary ones')
    const id = `${source.id}/component-${index}`
    comparison.metrics.push({ ...source, id, title: `${source.title} of component ${index}` })
    for (const run of comparison.runs) run.values[id] = run.values[source.id] ?? null
  }
  return concluded(comparison)
}

/** One run was INVALID: it is shown and does not count. */
export function invalidRun(): Comparison {
  const comparison = wholeSeries()
  const run = runNamed(comparison, 'mongo-3')
  Object.assign(run, { outcome: 'INVALID', excluded: 'INVALID: the generator was late (p99 lateness 61 ms)' })
  comparison.warnings = ['1 of 20 runs is INVALID and does not count: the comparison stands on fewer runs.']
  return concluded(comparison)
}

/** An arm that missed its SLO: its latency is compared, its cost is not. */
export function missedSlo(): Comparison {
  const comparison = buildComparison({ arms: [mysql, mongo, { ...cassandra, slower: 6 }, again], withReads: false })
  const arm = comparison.arms[2]
  if (arm) Object.assign(arm, { metSlos: false, missed: 'p99 delivery in hold <= 250 ms' })
  for (const run of comparison.runs) if (run.arm === 'cassandra') run.outcome = 'FAIL'
  runNamed(comparison, 'cassandra-2').values.recover = null
  return concluded(comparison)
}

/** The engine of one arm died and another setting differs, too. */
export function partialSeries(): Comparison {
  const comparison = wholeSeries()
  comparison.partial =
    'Cassandra ended after 2 of 5 runs (exit 137). Go on with the same command: finished runs are kept.'
  comparison.runs = comparison.runs.filter(({ id }) => !/^cassandra-[345]/.test(id))
  const dead = runNamed(comparison, 'cassandra-2')
  Object.assign(dead, {
    outcome: null,
    report: null,
    sha256: null,
    excluded: 'its engine ended half-way (exit 137)',
    time: null,
    spectrum: [],
  })
  dead.values = Object.fromEntries(comparison.metrics.map(({ id }) => [id, null]))
  const arm = comparison.arms[2]
  if (arm) arm.problem = 'its engine ended in run 2 (exit 137)'
  comparison.differences.push({ name: 'heap of the store', kind: 'other', values: ['-', '-', '1 GiB', '-'] })
  return concluded(comparison)
}

/** Two finished runs from their reports: listed, nothing decided. */
export function twoRuns(): Comparison {
  const comparison = buildComparison({
    arms: [
      { ...mysql, name: 'a', runs: 1 },
      { ...mongo, name: 'b', runs: 1 },
    ],
    withReads: false,
  })
  comparison.warnings = ['One run a side: differences are listed, nothing can be decided.']
  comparison.method = []
  return comparison
}

/** Nothing has run yet. */
export function noRuns(): Comparison {
  const comparison = buildComparison({ arms: [mysql, mongo], withReads: false })
  comparison.runs = []
  comparison.partial = 'No run was finished.'
  for (const arm of comparison.arms) Object.assign(arm, { title: null, engines: [], metSlos: false })
  return concluded(comparison)
}

/** Six arms, names that try to break out and names in Korean. */
export function sixArms(): Comparison {
  const names = ['sqlite', 'mysql', 'mongo', 'cassandra', 'postgres', '</script><img src=x onerror=alert(1)> 채팅']
  const arms = names.map(
    (name, index): ArmShape => ({
      ...mysql,
      name,
      value: name,
      title: name,
      slower: 1 + index / 5,
      dearer: 1 + index / 10,
      runs: 2,
    }),
  )
  const comparison = buildComparison({ arms, withReads: false })
  comparison.warnings = ['</script><script>alert(1)</script>']
  return comparison
}

export const comparisons = {
  whole: wholeSeries,
  plain: plainSeries,
  full: fullSeries,
  'invalid run': invalidRun,
  'missed SLO': missedSlo,
  partial: partialSeries,
  'two runs': twoRuns,
  'no runs': noRuns,
  'six arms': sixArms,
} as const
