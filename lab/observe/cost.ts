import { spike } from '../../scenarios/definitions/spike.ts'
import { comparedRun } from '../compare/metrics.ts'
import { executeRun, type Io } from '../run/execute.ts'
import { resolveRun } from '../run/options.ts'
import { median } from '../statistics/quantiles.ts'
import { randomStream } from '../statistics/random.ts'
import { bootstrapRatio, type Interval, ratioOfMedians } from '../statistics/ratio.ts'
import { interleave } from '../statistics/williams.ts'

const arms = ['off', 'on'] as const
type Arm = (typeof arms)[number]
const bootstrap = { resamples: 10_000, confidence: 0.95 }

/** Enough load to be felt, short enough for ten runs. The caller's own options come after these. */
const shortSpike = [
  '--users=500',
  '--to=2000',
  '--warmup=3s',
  '--base=3s',
  '--rise=2s',
  '--hold=10s',
  '--fall=2s',
  '--recovery=3s',
  '--noisy-ok',
]

export interface CostRow {
  readonly name: string
  readonly unit: 'cpuSeconds' | 'us'
  readonly off: number
  readonly on: number
  /** Median with, over median without. */
  readonly ratio: number
  readonly interval: Interval
}

export type CostOutcome =
  | { readonly kind: 'problems'; readonly problems: readonly string[] }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'measured'; readonly rows: readonly CostRow[]; readonly leftOut: number }

type Figures = Readonly<Record<string, number | null>>

const described = {
  'cpu/system': { name: 'CPU of the chat per thousand messages', unit: 'cpuSeconds' },
  'cpu/all': { name: 'CPU of everything, instruments too, per thousand messages', unit: 'cpuSeconds' },
  'delivery/p99/hold': { name: 'p99 delivery in hold', unit: 'us' },
} as const

/**
 * Plays short spikes with and without observing, in turns, `runs` of each. `args` are options of `npm run spike`. Rejects
 * as `executeRun` does.
 */
export async function observingCost(
  runs: number,
  outDir: string,
  args: readonly string[],
  io: Io,
): Promise<CostOutcome> {
  const resolve = (arm: Arm, seed: number) =>
    resolveRun(spike, [...defaultsBut(args), ...args, `--seed=${seed}`, `--out=${outDir}`, `--observe=${arm}`])
  const tried = resolve('on', 1)
  if (tried.kind !== 'run') return { kind: 'problems', problems: tried.kind === 'problems' ? tried.problems : [] }
  const measured: Record<Arm, Figures[]> = { off: [], on: [] }
  let leftOut = 0
  for (const [round, pair] of interleave(arms, runs, randomStream(1, 'observing')).entries()) {
    for (const arm of pair) {
      const command = resolve(arm, round + 1)
      if (command.kind !== 'run') throw new Error(`a run cannot be resolved: ${JSON.stringify(command)}`)
      io.stderr.write(`round ${round + 1} of ${runs}, observing ${arm}\n`)
      const { result } = await executeRun(command.run, `${String(round + 1).padStart(2, '0')}-observe-${arm}`, io)
      const { outcome } = result.verdict
      if (outcome === 'INCOMPLETE') return { kind: 'interrupted' }
      if (outcome === 'INVALID') leftOut += 1
      else measured[arm].push(figuresOf(result))
    }
  }
  return { kind: 'measured', rows: rowsOf(measured), leftOut }
}

/** An option that is given replaces the one of the short spike. */
function defaultsBut(args: readonly string[]): string[] {
  const given = new Set(args.map((arg) => arg.split('=')[0]))
  return shortSpike.filter((arg) => !given.has(arg.split('=')[0]))
}

function figuresOf(result: Parameters<typeof comparedRun>[0]): Figures {
  const acked = result.phases.reduce((sum, phase) => sum + (phase.measured ? phase.acked : 0), 0)
  const cpuSeconds = result.resources.components.reduce((sum, component) => sum + (component.cpuSeconds ?? 0), 0)
  return { ...comparedRun(result).values, 'cpu/all': acked === 0 ? null : (cpuSeconds * 1_000) / acked }
}

function rowsOf(measured: Readonly<Record<Arm, readonly Figures[]>>): CostRow[] {
  return Object.entries(described).flatMap(([id, { name, unit }]) => {
    const of = (arm: Arm) => measured[arm].map((figures) => figures[id]).filter((value) => value != null)
    const [off, on] = [of('off'), of('on')]
    if (off.length === 0 || on.length === 0) return []
    const interval = bootstrapRatio(on, off, bootstrap, randomStream(1, id))
    return [{ name, unit, off: median(off), on: median(on), ratio: ratioOfMedians(on, off), interval }]
  })
}
