import { parseArgs } from 'node:util'
import { exitCodes } from '../lab/judge/verdict.ts'
import { bench as codec } from './bench/codec.ts'
import { bench as delivery } from './bench/delivery.ts'
import { bench as generator } from './bench/generator.ts'
import { benchObserving } from './bench/observe.ts'
import type { BenchParts, BenchRow } from './bench/row.ts'
import { benchedBackends, bench as store } from './bench/store.ts'
import { onInterrupt } from './signals.ts'

const benches: Readonly<Record<string, (parts: BenchParts) => Promise<BenchRow[]>>> = {
  codec,
  delivery,
  generator,
  store,
}

const usage = `Usage: npm run bench [-- --only=${Object.keys(benches).join('|')}] [--backends=${benchedBackends.join(',')}]
       npm run bench -- observe [--help]

CPU microseconds an item, each beside the bare floor measured in the same run. Exit code 1 when a ratio
misses its target. --backends says which stores are benched (default all); their engines are started, or
taken from the environment, as for npm run spike.
`

/** Runs the benches and prints a table. Resolves to 1 when a ratio is above its target. */
export async function main(args: string[]): Promise<number> {
  if (args[0] === 'observe') return benchObserving(args.slice(1))
  const { values } = parseArgs({
    args,
    options: { only: { type: 'string' }, backends: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    strict: false,
  })
  if (values.help) {
    process.stdout.write(usage)
    return exitCodes.PASS
  }
  const names = listOf(values.only, Object.keys(benches))
  const backends = listOf(values.backends, benchedBackends)
  const unknown = [
    ...names.filter((name) => !Object.hasOwn(benches, name)).map((name) => `Unknown bench: ${name}`),
    ...backends
      .filter((name) => !benchedBackends.some((known) => known === name))
      .map((name) => `Unknown backend: ${name}`),
  ]
  if (unknown.length > 0) {
    process.stderr.write(`${unknown.join('\n')}\n\n${usage}`)
    return exitCodes.usage
  }
  const stopping = new AbortController()
  const unlisten = onInterrupt(() => stopping.abort(new Error('interrupted')))
  try {
    const rows: BenchRow[] = []
    for (const name of names) {
      process.stderr.write(`bench: ${name}\n`)
      rows.push(...(await benches[name]!({ backends, stop: stopping.signal })))
      if (stopping.signal.aborted) return exitCodes.INCOMPLETE
    }
    process.stdout.write(`${rows.map(line).join('\n')}\n`)
    return rows.some((row) => row.ratio !== undefined && row.target !== undefined && row.ratio > row.target) ? 1 : 0
  } catch (error) {
    if (!stopping.signal.aborted) throw error
    // The drivers would go on trying to reach engines that are gone.
    process.exit(exitCodes.INCOMPLETE)
  } finally {
    unlisten()
  }
}

const listOf = (value: string | boolean | undefined, all: readonly string[]): readonly string[] =>
  typeof value === 'string' ? value.split(',') : all

function line(row: BenchRow): string {
  const floor = row.floorUs === undefined ? '' : `  floor ${row.floorUs.toFixed(2)} us`
  const ratio = row.ratio === undefined ? '' : `  ratio ${row.ratio.toFixed(2)}`
  const target = row.target === undefined ? '' : ` (target <= ${row.target})`
  const note = row.note === undefined ? '' : `  ${row.note}`
  return `${row.name.padEnd(44)} ${row.cpuUs.toFixed(2).padStart(9)} us${floor}${ratio}${target}${note}`
}
