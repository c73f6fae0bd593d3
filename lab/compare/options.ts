import { type MachineCores, machineCores } from '../../compose/native/cores.ts'
import { definitions } from '../../scenarios/definitions/index.ts'
import { cacheKinds, fanoutKinds } from '../../system/editions/edition.ts'
import { editions } from '../../system/editions/index.ts'
import { chooseFrom, type FlagTable, type FlagValues, parseFlags } from '../run/flags.ts'
import { resolveRun } from '../run/options.ts'
import { parseCount } from '../run/quantities.ts'
import { runFlags } from '../run/runFlags.ts'
import { chooseCores } from './cores.ts'

const {
  out: _out,
  label: _label,
  json: _json,
  open: _open,
  plan: _plan,
  help: _help,
  cores: _cores,
  ...loadFlags
} = runFlags

/** Every option of `npm run compare`: its own, and those of a run, which hold for every arm. */
export const compareFlags = {
  backends: { value: 'mysql,mongo', help: 'the arms: at least two backends; the first is the baseline' },
  fanouts: { value: 'kafka,redis', help: 'or: arms of one backend with different fan-outs' },
  caches: { value: 'none,redis', help: 'or: arms of one backend with different caches' },
  runs: { value: 'n', help: 'runs of each arm (default 5, the least that can decide)' },
  scenario: { value: 'spike', help: 'which scenario the arms run (default spike)' },
  delta: { value: '10%', help: 'the smallest difference anybody would act on (default 10%)' },
  'no-aa': { help: 'leave out the second series of the baseline, and with it the noise floor' },
  'allow-difference': { value: 'name', repeatable: true, help: 'a further difference between the arms that is meant' },
  prices: { value: 'file', help: 'price sheet (JSON or .ts), for cost in money; there are no built-in prices' },
  cores: {
    value: 'auto|none|component=0,2-3',
    repeatable: true,
    help: `of every arm; auto: the load generator gets a quarter of the cores for itself where there are 4 or more (default auto); ${_cores.help}`,
  },
  resume: { value: 'folder', help: 'go on with a series that was interrupted; no other option is needed' },
  out: { value: 'folder', help: 'where comparisons go (default comparisons)' },
  format: { value: 'html', help: 'markdown, json or junit: also printed to stdout (default: a table)' },
  plan: { help: 'print the order of the runs and start nothing' },
  help: { help: 'print this' },
  ...loadFlags,
} as const satisfies FlagTable

/** The options of a run that arms can differ in, each with the flag that names the arms, and what it can be. */
const factors = {
  backend: { flag: 'backends', known: Object.keys(editions) },
  fanout: { flag: 'fanouts', known: fanoutKinds },
  cache: { flag: 'caches', known: cacheKinds },
} as const satisfies Record<string, { flag: keyof typeof compareFlags; known: readonly string[] }>
export type Factor = keyof typeof factors

export const formats = ['table', 'markdown', 'json', 'junit'] as const
export type Format = (typeof formats)[number]

/** A series as it was asked for. */
export interface SeriesOptions {
  readonly scenario: string
  /** The option the arms differ in, and its value in each. */
  readonly factor: Factor
  readonly values: readonly string[]
  readonly runs: number
  readonly delta: number
  readonly noiseFloor: boolean
  readonly allowed: readonly string[]
  readonly seed: number
  /** File of the price sheet; null without one. */
  readonly pricesFile: string | null
  /** Options of a run, the same for every arm. */
  readonly runArgs: readonly string[]
  /** Who runs on which cores, and why. */
  readonly cores: string
  readonly outDir: string
}

export type CompareCommand =
  | { readonly kind: 'help' }
  | { readonly kind: 'problems'; readonly problems: readonly string[] }
  | { readonly kind: 'series'; readonly options: SeriesOptions; readonly format: Format; readonly planOnly: boolean }
  | { readonly kind: 'resume'; readonly folder: string; readonly format: Format }
  | {
      readonly kind: 'finished'
      readonly files: readonly string[]
      readonly delta: number
      readonly allowed: readonly string[]
      readonly pricesFile: string | null
      readonly outDir: string
      readonly format: Format
    }

/** Shorter than a run of its own, for a series has many; and with what only a comparison asks for. */
const seriesDefaults: Readonly<Record<string, string>> = {
  base: '8s',
  hold: '30s',
  recovery: '10s',
  history: '100000',
  reads: '6',
  compacted: 'true',
  observe: 'off',
}
const phases = ['base', 'hold', 'recovery']
const mostRuns = 50

/** Reads a command line; finds every problem before it gives up. */
export function resolveCompare(args: readonly string[], machine: MachineCores = machineCores()): CompareCommand {
  const problems: string[] = []
  const { values, positionals } = parseFlags(compareFlags, args, problems)
  if (values.has('help')) return { kind: 'help' }
  const format = choice(values, 'format', formats, 'table', problems)
  const delta = share(values, problems)
  const resume = values.get('resume')?.[0]
  const common = {
    format,
    delta,
    allowed: values.get('allow-difference') ?? [],
    outDir: text(values, 'out', 'comparisons'),
    pricesFile: values.get('prices')?.[0] ?? null,
  }
  if (resume !== undefined) {
    const others = [...values.keys()].filter((name) => !['resume', 'format'].includes(name))
    if (others.length + positionals.length > 0)
      problems.push(
        `--resume takes the series as it was begun: leave out ${[...others.map((name) => `--${name}`), ...positionals].join(', ')}`,
      )
    return problems.length > 0 ? { kind: 'problems', problems } : { kind: 'resume', folder: resume, format }
  }
  if (positionals.length > 0) {
    if (positionals.length === 1) problems.push('give at least two finished runs')
    const foreign = [...values.keys()].filter(
      (name) => !['format', 'delta', 'allow-difference', 'out', 'prices'].includes(name),
    )
    for (const name of foreign) problems.push(`--${name} means nothing for finished runs`)
    return problems.length > 0 ? { kind: 'problems', problems } : { kind: 'finished', files: positionals, ...common }
  }
  const options = seriesOptions(values, common, machine, problems)
  if (problems.length > 0) return { kind: 'problems', problems: [...new Set(problems)] }
  return { kind: 'series', options, format, planOnly: values.has('plan') }
}

function seriesOptions(
  values: FlagValues,
  { delta, allowed, outDir, pricesFile }: Pick<SeriesOptions, 'delta' | 'allowed' | 'outDir' | 'pricesFile'>,
  machine: MachineCores,
  problems: string[],
): SeriesOptions {
  const scenario = choice(values, 'scenario', Object.keys(definitions), 'spike', problems)
  const factor = factorOf(values, problems)
  const arms = armsOf(factor, values, problems)
  const cores = chooseCores(values.get('cores') ?? [], machine, problems)
  const runArgs = [...runArguments(values), ...cores.flags.map((flag) => `--cores=${flag}`)]
  // Also when no arm can be used: every problem is told at once.
  for (const option of arms.length > 0 ? arms.map((arm) => [`--${factor}=${arm}`]) : [[]]) {
    const resolved = resolveRun(definitions[scenario]!, [...option, ...runArgs], machine)
    if (resolved.kind === 'problems') problems.push(...resolved.problems)
  }
  return {
    scenario,
    factor,
    values: arms,
    runs: whole(values, 'runs', 5, 1, mostRuns, problems),
    delta,
    noiseFloor: !values.has('no-aa'),
    allowed,
    seed: whole(values, 'seed', 1, 0, Number.MAX_SAFE_INTEGER, problems),
    pricesFile,
    runArgs,
    cores: cores.told,
    outDir,
  }
}

/** What is compared is one thing at a time. */
function factorOf(values: FlagValues, problems: string[]): Factor {
  const given = (Object.keys(factors) as Factor[]).filter((name) => values.has(factors[name].flag))
  const [factor = 'backend'] = given
  if (given.length > 1)
    problems.push(`give one of ${given.map((name) => `--${factors[name].flag}`).join(', ')}: arms differ in one thing`)
  if (values.has(factor) && given.length > 0)
    problems.push(`--${factor} is what the arms differ in: leave it out, or out of --${factors[factor].flag}`)
  return factor
}

function armsOf(factor: Factor, values: FlagValues, problems: string[]): string[] {
  const { flag, known }: { flag: string; known: readonly string[] } = factors[factor]
  const names = (values.get(flag)?.[0] ?? '').split(',').filter(Boolean)
  if (names.length < 2)
    problems.push(`--${flag} names the arms, at least two of ${known.join(', ')}; or give two finished runs`)
  if (new Set(names).size !== names.length) problems.push(`--${flag} names one twice; the A/A pair is added by itself`)
  for (const name of names)
    if (!known.includes(name)) problems.push(`--${flag}=${name} is unknown${chooseFrom(name, known)}`)
  return names.filter((name) => known.includes(name))
}

/** The seed is set run by run. */
function runArguments(values: FlagValues): string[] {
  const given = Object.keys(loadFlags).filter((name) => name !== 'seed' && values.has(name))
  // A profile that is given whole has its own phases.
  const isOpen = (name: string) =>
    !values.has(name as keyof typeof compareFlags) && !(values.has('profile') && phases.includes(name))
  const written = (name: string, value: string) => (value === 'true' ? `--${name}` : `--${name}=${value}`)
  return [
    ...Object.entries(seriesDefaults).flatMap(([name, value]) => (isOpen(name) ? [written(name, value)] : [])),
    ...given.flatMap((name) => values.get(name)!.map((value) => written(name, value))),
  ]
}

const text = (values: FlagValues, name: string, fallback: string) => values.get(name)?.[0] ?? fallback

function choice<T extends string>(
  values: FlagValues,
  name: string,
  known: readonly T[],
  fallback: T,
  problems: string[],
): T {
  const given = text(values, name, fallback)
  const found = known.find((candidate) => candidate === given)
  if (found === undefined) problems.push(`--${name}=${given} is unknown${chooseFrom(given, known)}`)
  return found ?? fallback
}

function whole(
  values: FlagValues,
  name: string,
  fallback: number,
  min: number,
  max: number,
  problems: string[],
): number {
  const given = values.get(name)?.[0]
  if (given === undefined) return fallback
  const value = parseCount(given)
  if (value !== null && value >= min && value <= max) return value
  problems.push(`--${name}=${given} cannot be used: give a whole number from ${min} to ${max}`)
  return fallback
}

/** `10%` or `1.1x`: the ratio beyond which a difference matters. */
function share(values: FlagValues, problems: string[]): number {
  const given = text(values, 'delta', '10%')
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(given)?.[1]
  const ratio = /^(\d+(?:\.\d+)?)x$/.exec(given)?.[1]
  const delta = percent !== undefined ? 1 + Number(percent) / 100 : Number(ratio)
  if (delta > 1 && delta <= 10) return delta
  problems.push(`--delta=${given} cannot be used: give a share like 10% or a ratio like 1.1x`)
  return 1.1
}
