import { parseArgs } from 'node:util'
import { bench as codec } from './bench/codec.ts'
import { bench as delivery } from './bench/delivery.ts'
import { bench as generator } from './bench/generator.ts'
import { benchObserving } from './bench/observe.ts'
import type { BenchRow } from './bench/row.ts'
import { bench as store } from './bench/store.ts'

const benches = { codec, delivery, generator, store }

const usage = `Usage: npm run bench [-- --only=${Object.keys(benches).join('|')}]
       npm run bench -- observe [--help]

CPU microseconds an item, each beside the bare floor measured in the same run. Exit code 1 when a ratio
misses its target. Set BENCH_MONGO_URL, BENCH_MYSQL_URL, BENCH_POSTGRES_URL or BENCH_CASSANDRA_URL
(cassandra://host:port/) to bench those stores as well.
`

/** Runs the benches and prints a table. Resolves to 1 when a ratio is above its target. */
export async function main(args: string[]): Promise<number> {
  if (args[0] === 'observe') return benchObserving(args.slice(1))
  const { values } = parseArgs({
    args,
    options: { only: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    strict: false,
  })
  if (values.help) {
    process.stdout.write(usage)
    return 0
  }
  const names = typeof values.only === 'string' ? values.only.split(',') : Object.keys(benches)
  const unknown = names.filter((name) => !Object.hasOwn(benches, name))
  if (unknown.length > 0) {
    process.stderr.write(`Unknown bench: ${unknown.join(', ')}\n\n${usage}`)
    return 2
  }
  const rows: BenchRow[] = []
  for (const name of names) {
    process.stderr.write(`bench: ${name}\n`)
    rows.push(...(await benches[name as keyof typeof benches]()))
  }
  process.stdout.write(`${rows.map(line).join('\n')}\n`)
  return rows.some((row) => row.ratio !== undefined && row.target !== undefined && row.ratio > row.target) ? 1 : 0
}

function line(row: BenchRow): string {
  const floor = row.floorUs === undefined ? '' : `  floor ${row.floorUs.toFixed(2)} us`
  const ratio = row.ratio === undefined ? '' : `  ratio ${row.ratio.toFixed(2)}`
  const target = row.target === undefined ? '' : ` (target <= ${row.target})`
  const note = row.note === undefined ? '' : `  ${row.note}`
  return `${row.name.padEnd(44)} ${row.cpuUs.toFixed(2).padStart(9)} us${floor}${ratio}${target}${note}`
}
