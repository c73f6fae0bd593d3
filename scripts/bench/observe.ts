import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { EnvironmentError } from '../../compose/component.ts'
import { openSession } from '../../compose/native/session.ts'
import { exitCodes } from '../../lab/judge/verdict.ts'
import { type CostRow, observingCost } from '../../lab/observe/cost.ts'
import { StoppedBeforeLoad } from '../../lab/run/parts.ts'
import { formatLatency } from '../../reports/format.ts'
import { onInterrupt } from '../signals.ts'

/** Highest ratio that is no disturbance, by what the interval leaves room for. */
const target = 1.05

const usage = `Usage: npm run bench -- observe [--runs=5] [options of npm run spike]

Plays short spikes with and without Prometheus, in turns, and prints what observing costs: the ratio of CPU and of p99
with its 95 % interval. Exit code 1 when an interval lies above ${target} as a whole.
`

/** Resolves to the exit code. */
export async function benchObserving(args: string[]): Promise<number> {
  const { values, tokens } = parseArgs({
    args,
    options: { runs: { type: 'string', default: '5' }, help: { type: 'boolean', short: 'h' } },
    strict: false,
    tokens: true,
  })
  if (values.help) {
    process.stdout.write(usage)
    return exitCodes.PASS
  }
  const runs = Number(values.runs)
  if (!Number.isInteger(runs) || runs < 1) {
    process.stderr.write(`--runs=${values.runs} cannot be used: give a whole number from 1 up\n\n${usage}`)
    return exitCodes.usage
  }
  const own = new Set(
    tokens.filter((token) => token.kind === 'option' && token.name === 'runs').map(({ index }) => index),
  )
  const outDir = join('runs', `observe-${new Date().toISOString().replaceAll(/[-:]/g, '').slice(0, 15)}`)
  const { stdout, stderr, env } = process
  try {
    const rest = args.filter((_, index) => !own.has(index))
    const outcome = await observingCost(runs, outDir, rest, { stdout, stderr, env, onInterrupt, openSession })
    if (outcome.kind === 'interrupted') return exitCodes.INCOMPLETE
    if (outcome.kind === 'problems') {
      stderr.write(`Nothing was started:\n${outcome.problems.map((problem) => `  ${problem}\n`).join('')}\n${usage}`)
      return exitCodes.usage
    }
    const leftOut = outcome.leftOut === 0 ? '' : `${outcome.leftOut} runs were INVALID and are left out.\n`
    stdout.write(`${outcome.rows.map(line).join('\n')}\n${leftOut}Runs: ${outDir}\n`)
    return outcome.rows.length > 0 && outcome.rows.every(({ interval }) => interval.low <= target) ? 0 : 1
  } catch (error) {
    if (error instanceof StoppedBeforeLoad) return exitCodes.INCOMPLETE
    if (!(error instanceof EnvironmentError)) throw error
    stderr.write(`${error.code} ${error.component}: ${error.message}\n${error.remedy}\n`)
    return exitCodes.environment
  }
}

function line({ name, unit, off, on, ratio, interval }: CostRow): string {
  const figure = (value: number) => (unit === 'us' ? formatLatency(value) : `${value.toFixed(3)} s`)
  const range = `95 % ${interval.low.toFixed(2)} to ${interval.high.toFixed(2)}`
  return `${name.padEnd(58)} without ${figure(off).padStart(9)}  with ${figure(on).padStart(9)}  ratio ${ratio.toFixed(2)} (${range})`
}
