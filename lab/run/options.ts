import { type MachineCores, machineCores } from '../../compose/native/cores.ts'
import { brokerCounts } from '../../compose/stack/options.ts'
import type { Result } from '../../reports/schema/result.ts'
import { type Definition, optionProblems, type ScenarioOptions } from '../../scenarios/definitions/definition.ts'
import { messageCount, type Profile, profileProblems } from '../../scenarios/profiles.ts'
import { formatSlo, mergeSlos, parseSlos, type Slo as WrittenSlo } from '../../scenarios/slos.ts'
import { type CacheKind, cacheKinds, type FanoutKind, fanoutKinds, type Knobs } from '../../system/editions/edition.ts'
import { type EditionName, editions, editionWith, fanoutsOf } from '../../system/editions/index.ts'
import { tightestP99 } from '../judge/judge.ts'
import { cleanLedger, named } from '../judge/slos.ts'
import { brokersOf, imageChoices, isStackBackend, stackBackends } from '../stack/options.ts'
import { coreSets, formatCoreSets, placedParts } from './cores.ts'
import { formatFault, notOffered, type PlannedFault, parseFault } from './faults.ts'
import { chooseFrom, type FlagTable, type FlagValues, parseFlags } from './flags.ts'
import { parseProfile } from './profileText.ts'
import { parseCount, parseDurationMs, parseRate } from './quantities.ts'
import type { ResolvedRun } from './resolved.ts'
import { runtimeOf, runtimeText } from './runtime.ts'
import { faultKinds, type Runtime, runtimes } from './target.ts'

/** Every option of `npm run spike`, `steady` and `smoke`: what is read, checked and printed by --help. */
export const runFlags = {
  backend: {
    value: 'sqlite|mongo|mysql|cassandra',
    help: 'storage backend; all but sqlite also bring Kafka (default sqlite)',
  },
  runtime: {
    value: `${runtimes.join('|')}|containers:kafka`,
    help: 'where engines run: all in containers or those named, or with swarm the whole system (default native)',
  },
  images: {
    value: imageChoices.join('|'),
    help: 'runtimes with Docker: pull images, build them here, or what works (default auto)',
  },
  fanout: {
    value: fanoutKinds.join('|'),
    help: 'how messages reach the gateways (default memory for sqlite, else kafka)',
  },
  cache: { value: cacheKinds.join('|'), help: 'the last messages of rooms at hand for history (default none)' },
  users: { value: 'n', help: 'users, each with a socket of its own' },
  'room-size': { value: 'n', help: 'members of each room; every user is in one room' },
  history: { value: 'n', help: 'messages in the store before the load begins, spread over the rooms (default 0)' },
  reads: { value: 'rate', help: 'history reads a second while the load runs; needs --history (default 0)' },
  compacted: { help: "measure the store's disk use also after the engine's own compaction" },
  rate: { value: 'rate', help: 'one rate from the beginning to the end, instead of --from and --to' },
  from: { value: 'rate', help: 'messages a second before and after the spike' },
  to: { value: 'rate', help: 'messages a second in the hold' },
  warmup: { value: 'time', help: 'length of the warm-up, which is not judged' },
  base: { value: 'time', help: 'length of the base phase' },
  rise: { value: 'time', help: 'length of the rise' },
  hold: { value: 'time', help: 'length of the hold' },
  fall: { value: 'time', help: 'length of the fall' },
  recovery: { value: 'time', help: 'length of the recovery' },
  profile: { value: 'segments', help: 'the whole load, e.g. base:15s@100,rise:5s@100-5000,hold:60s@5000' },
  arrivals: { value: 'uniform|poisson', help: 'spacing of the messages' },
  slo: { value: 'p99=250ms', repeatable: true, help: 'objective, e.g. hold:p99.9=1s, ack:p99=200ms, errors=0.1%' },
  seed: { value: 'n', help: 'seed of senders, bodies and arrivals (default 1)' },
  'body-bytes': { value: 'n', help: 'bytes of UTF-8 in each message' },
  gateways: { value: 'n', help: 'gateways (default 1)' },
  brokers: {
    value: brokerCounts.join('|'),
    help: '--runtime=swarm: Kafka brokers; with 3 a record is on two before it is acknowledged (default 1)',
  },
  knob: { value: 'name=n', repeatable: true, help: 'setting of the edition, e.g. lingerMs=5' },
  port: { value: 'n', help: 'public port of the first gateway (default: any free one)' },
  fault: {
    value: 'kill-persister@20s+2s',
    repeatable: true,
    help: `strikes at that time of the profile, for that long: ${faultKinds.join(', ')}`,
  },
  observe: {
    value: 'on|off',
    help: 'watch the run with Prometheus and keep its data (default on; off in comparisons)',
  },
  cores: {
    value: 'component=0,2-3',
    repeatable: true,
    help: `cores a component is kept to: ${[...placedParts, 'system (all roles)', '* (the rest)'].join(', ')} (default: every component may use every core)`,
  },
  'noisy-ok': { help: 'foreign load on the machine is a warning, not a reason for INVALID' },
  out: { value: 'folder', help: 'where run folders go (default runs)' },
  label: { value: 'text', help: 'a name for this run, shown in the report' },
  json: { help: 'print one JSON object instead of the table' },
  open: { help: 'open the report when it is done' },
  plan: { help: 'print the resolved run and start nothing' },
  help: { help: 'print this' },
} as const satisfies FlagTable

type RunFlag = keyof typeof runFlags

export type ResolvedCommand =
  | { readonly kind: 'help' }
  | { readonly kind: 'problems'; readonly problems: readonly string[] }
  | {
      readonly kind: 'run'
      readonly run: ResolvedRun
      readonly json: boolean
      readonly open: boolean
      readonly planOnly: boolean
    }

/** Unanswered messages are bounded by an objective of their own (measuring.md section 4). */
const indeterminate: WrittenSlo = {
  metric: 'indeterminate',
  phase: 'measured',
  quantile: null,
  bound: 0.001,
  unit: 'ratio',
}

/** What a command brings along beside its scenario. */
export interface Setting {
  /** Of the edition, where its own do not fit. */
  readonly knobs: Readonly<Record<string, number>>
  readonly backend: EditionName
  readonly runtime: Runtime
  readonly gateways: number
  /** Null: the edition's own. */
  readonly fanout: FanoutKind | null
  /** What is done to the target beside what `--fault` says. */
  readonly faults: (profile: Profile) => readonly PlannedFault[]
  /** One line that repeats the run. */
  readonly command: (args: readonly string[]) => string
}

const plainSetting = ({ name }: Definition): Setting => ({
  backend: 'sqlite',
  runtime: 'native',
  gateways: 1,
  knobs: {},
  fanout: null,
  faults: () => [],
  command: (args) => commandLine(name, args),
})

/** Reads a command line for a scenario. Finds every problem before it gives up; changes nothing it was given. */
export function resolveRun(
  definition: Definition,
  args: readonly string[],
  machine: MachineCores = machineCores(),
  setting: Setting = plainSetting(definition),
): ResolvedCommand {
  const problems: string[] = []
  const { values, positionals } = parseFlags(runFlags, args, problems)
  if (values.has('help')) return { kind: 'help' }
  for (const word of positionals) problems.push(`"${word}" is no option; options begin with --`)
  const read = new FlagReader(values, problems)
  const options = scenarioOptions(definition, read)
  const profile = profileOf(definition, options, read)
  const backend = read.choice('backend', Object.keys(editions) as EditionName[], setting.backend)
  const given = parseSlos(values.get('slo') ?? [])
  problems.push(...given.problems)
  const slos = named(mergeSlos([...definition.slos, indeterminate], given.slos))
  const own = setting.faults(profile)
  const fanout = fanoutOf(backend, setting, read)
  const cache = read.choice<CacheKind>('cache', cacheKinds, editions[backend].cache)
  const knobs = { ...setting.knobs, ...knobsOf(backend, read) }
  const run: ResolvedRun = {
    scenario: definition.name,
    entry: definition.entry,
    backend,
    ...runtimeOf(read.text('runtime', setting.runtime), { backend, fanout, cache }, problems),
    images: read.choice('images', imageChoices, 'auto'),
    fanout,
    cache,
    users: options.users,
    roomSize: options.roomSize,
    bodyBytes: options.bodyBytes,
    history: read.count('history', 0, 0, maxHistory),
    readsPerSecond: read.rate('reads', 0),
    compacted: values.has('compacted'),
    languages: definition.languages,
    profile,
    arrivals: read.choice('arrivals', ['uniform', 'poisson'] as const, definition.arrivals),
    slos: [...slos, ...cleanLedger],
    seed: read.count('seed', 1),
    goodputBoundUs: tightestP99(slos) ?? definition.goodputBoundUs,
    connect: definition.connect,
    // Both sides beat at the slower wish: the clients take the server's.
    heartbeatMs: knobs.heartbeatMs ?? definition.heartbeatMs,
    drain: definition.drain,
    faults: [...own, ...read.each('fault', parseFault)],
    cores: coreSets(values.get('cores') ?? [], editionWith(editions[backend], { fanout, cache }), machine, problems),
    noisyOk: values.has('noisy-ok'),
    observe: read.choice('observe', ['on', 'off'] as const, 'on') === 'on',
    gateways: read.count('gateways', setting.gateways, 1, 16),
    brokers: brokersOf(read.text('brokers', '1'), problems),
    port: read.count('port', 0, 0, 65_535),
    knobs,
    label: read.text('label', ''),
    outDir: read.text('out', 'runs'),
    command: setting.command(args),
    config: [],
  }
  checkFaults(run, own, problems)
  checkReads(run, problems)
  checkRuntime(run, problems)
  if (Math.floor(options.users / options.roomSize) > 65_535)
    problems.push(`--users=${options.users} with --room-size=${options.roomSize} makes more than 65535 rooms`)
  if (problems.length > 0) return { kind: 'problems', problems: [...new Set(problems)] }
  return {
    kind: 'run',
    // A copy: freezing must not reach the scenario's own data.
    run: deepFreeze(structuredClone({ ...run, config: configRows(definition, run, options, setting) })),
    json: values.has('json'),
    open: values.has('open'),
    planOnly: values.has('plan'),
  }
}

/** Reads single values and books what is wrong with them. */
class FlagReader {
  readonly #values: FlagValues
  readonly problems: string[]

  constructor(values: FlagValues, problems: string[]) {
    this.#values = values
    this.problems = problems
  }

  has(name: RunFlag): boolean {
    return this.#values.has(name)
  }

  text(name: RunFlag, fallback: string): string {
    return this.#values.get(name)?.[0] ?? fallback
  }

  count(name: RunFlag, fallback: number, min = 0, max = Number.MAX_SAFE_INTEGER): number {
    return this.#read(
      name,
      fallback,
      (text) => {
        const value = parseCount(text)
        return value !== null && value >= min && value <= max ? value : null
      },
      max === Number.MAX_SAFE_INTEGER
        ? `give a whole number from ${min} up`
        : `give a whole number from ${min} to ${max}`,
    )
  }

  rate(name: RunFlag, fallback: number): number {
    return this.#read(name, fallback, parseRate, 'give messages a second, like 5000 or 5000/s')
  }

  durationMs(name: RunFlag, fallback: number): number {
    return this.#read(name, fallback, parseDurationMs, 'give a time with its unit, like 90s or 2m')
  }

  choice<T extends string>(name: RunFlag, known: readonly T[], fallback: T): T {
    const text = this.text(name, fallback)
    const found = known.find((candidate) => candidate === text)
    if (found === undefined) this.problems.push(`--${name}=${text} is unknown${chooseFrom(text, known)}`)
    return found ?? fallback
  }

  each<T extends object>(name: RunFlag, parse: (text: string) => T | string): T[] {
    return (this.#values.get(name) ?? []).flatMap((text) => {
      const value = parse(text)
      if (typeof value !== 'string') return [value]
      this.problems.push(value)
      return []
    })
  }

  #read(name: RunFlag, fallback: number, parse: (text: string) => number | null, help: string): number {
    const text = this.#values.get(name)?.[0]
    if (text === undefined) return fallback
    const value = parse(text)
    if (value === null) this.problems.push(`--${name}=${text} cannot be used: ${help}`)
    return value ?? fallback
  }
}

function scenarioOptions({ defaults }: Definition, read: FlagReader): ScenarioOptions {
  const options: ScenarioOptions = {
    users: read.count('users', defaults.users),
    roomSize: read.count('room-size', defaults.roomSize),
    bodyBytes: read.count('body-bytes', defaults.bodyBytes),
    fromRate: read.rate(read.has('rate') ? 'rate' : 'from', defaults.fromRate),
    toRate: read.rate(read.has('rate') ? 'rate' : 'to', defaults.toRate),
    warmUpMs: read.durationMs('warmup', defaults.warmUpMs),
    baseMs: read.durationMs('base', defaults.baseMs),
    riseMs: read.durationMs('rise', defaults.riseMs),
    holdMs: read.durationMs('hold', defaults.holdMs),
    fallMs: read.durationMs('fall', defaults.fallMs),
    recoveryMs: read.durationMs('recovery', defaults.recoveryMs),
  }
  const clashing = (['from', 'to'] as const).filter((name) => read.has('rate') && read.has(name))
  if (clashing.length > 0) read.problems.push(`--rate says it: leave out --${clashing.join(' and --')}`)
  read.problems.push(...optionProblems(options))
  return options
}

/** What a store that takes 20,000 rows a second has within the 300 s that the lab's client waits for an answer. */
const maxHistory = 5_000_000

const shapeFlags = ['rate', 'from', 'to', 'warmup', 'base', 'rise', 'hold', 'fall', 'recovery'] as const

/** Messages beyond which the ledger's arrays would not fit a usual machine. */
const maxMessages = 50_000_000

function profileOf(definition: Definition, options: ScenarioOptions, read: FlagReader): Profile {
  const text = read.text('profile', '')
  const clashing = shapeFlags.filter((name) => read.has(name))
  if (text !== '' && clashing.length > 0)
    read.problems.push(`--profile says it all: leave out --${clashing.join(', --')}`)
  const { profile, problems } = text === '' ? shaped(definition, options) : parseProfile(text)
  read.problems.push(...problems)
  const messages = messageCount(profile)
  if (messages > maxMessages)
    read.problems.push(
      `the profile asks for ${messages} messages; one generator keeps a ledger of at most ${maxMessages}`,
    )
  return profile
}

function shaped(definition: Definition, options: ScenarioOptions): { profile: Profile; problems: string[] } {
  // A shape of impossible options has problems of its own that would only repeat theirs.
  if (optionProblems(options).length > 0) return { profile: [], problems: [] }
  const profile = definition.profile(options)
  return { profile, problems: profileProblems(profile) }
}

function knobsOf(backend: EditionName, read: FlagReader): Record<string, number> {
  const known = Object.keys(editions[backend].knobs)
  const pairs = read.each('knob', (text) => {
    const [name = '', value = ''] = text.split('=', 2)
    if (!known.includes(name)) return `--knob=${text}: there is no knob "${name}"${chooseFrom(name, known)}`
    const number = parseCount(value)
    return number === null ? `--knob=${text}: give a whole number` : { name, number }
  })
  return Object.fromEntries(pairs.map(({ name, number }) => [name, number]))
}

function fanoutOf(backend: EditionName, setting: Setting, read: FlagReader): FanoutKind {
  const edition = editions[backend]
  const fanout = read.choice<FanoutKind>('fanout', fanoutKinds, setting.fanout ?? edition.fanout)
  const offered = fanoutsOf(edition)
  if (!offered.includes(fanout))
    read.problems.push(`--fanout=${fanout}: the backend ${backend} can have ${offered.join(', ')}`)
  return fanout
}

function checkFaults(run: ResolvedRun, own: readonly PlannedFault[], problems: string[]): void {
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

function checkReads({ readsPerSecond, history, users, roomSize }: ResolvedRun, problems: string[]): void {
  if (readsPerSecond > maxReadsPerSecond)
    problems.push(
      `--reads=${readsPerSecond} is more than the ${maxReadsPerSecond}/s that the lab's process can ask for`,
    )
  const rooms = Math.floor(users / roomSize)
  if (readsPerSecond > 0 && history < rooms)
    problems.push(`--reads needs something to read: give --history=${rooms} or more, a message for each room`)
}

function checkRuntime({ runtime, backend, cores, brokers }: ResolvedRun, problems: string[]): void {
  if (runtime !== 'swarm' && brokers > 1)
    problems.push(`--brokers=${brokers} takes --runtime=swarm: elsewhere a Kafka of the lab's own is one broker`)
  if (runtime !== 'swarm') return
  if (!isStackBackend(backend))
    problems.push(`--runtime=swarm takes --backend=${stackBackends.join('|')}: ${backend} cannot be had as a service`)
  if (cores !== null)
    problems.push('--cores cannot be had with --runtime=swarm: Swarm gives a service no cores of its own')
}

/** Quoted where a shell would split or expand it. */
const quoted = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)

/** The command, without what changes no figure: how the outcome is shown, and where on this machine it is kept. */
export function commandLine(scenario: string, args: readonly string[]): string {
  const kept = args.filter(
    (arg, index) => !/^--(open|json|plan|out|out=.*|format=.*)$/s.test(arg) && args[index - 1] !== '--out',
  )
  return [`npm run ${scenario}`, ...(kept.length === 0 ? [] : ['--']), ...kept.map(quoted)].join(' ')
}

function configRows(
  definition: Definition,
  run: ResolvedRun,
  options: ScenarioOptions,
  setting: Setting,
): Result['config'] {
  const row = (name: string, value: string | number, standard: string | number) => ({
    name,
    value: String(value),
    default: String(standard),
    changed: String(value) !== String(standard),
  })
  const knobs: Knobs = editions[run.backend].knobs
  const slos = (list: readonly WrittenSlo[]) => list.map(formatSlo).join(', ')
  const faults = (list: readonly PlannedFault[]) => list.map(formatFault).join(', ')
  const written = run.slos.filter((slo) => slo.unit !== 'count').map((slo) => slo.id)
  return [
    row('backend', run.backend, setting.backend),
    row('runtime', runtimeText(run), setting.runtime),
    row('fanout', run.fanout, setting.fanout ?? editions[run.backend].fanout),
    row('cache', run.cache, editions[run.backend].cache),
    ...Object.entries(options).map(([name, value]) =>
      row(name, value, definition.defaults[name as keyof ScenarioOptions]),
    ),
    row('history', run.history, 0),
    row('reads', run.readsPerSecond, 0),
    row('compacted', String(run.compacted), 'false'),
    row('profile', profileText(run.profile), profileText(definition.profile(definition.defaults))),
    row('arrivals', run.arrivals, definition.arrivals),
    row('slo', written.join(', '), slos([...definition.slos, indeterminate])),
    row('seed', run.seed, 1),
    row('gateways', run.gateways, setting.gateways),
    row('brokers', run.brokers, 1),
    row('fault', faults(run.faults), faults(setting.faults(run.profile))),
    row('cores', formatCoreSets(run.cores), formatCoreSets(null)),
    row('noisy-ok', String(run.noisyOk), 'false'),
    row('observe', run.observe ? 'on' : 'off', 'on'),
    ...Object.entries(knobs).map(([name, standard]) =>
      row(`knob ${name}`, name === 'sendsPerSecond' ? 0 : (run.knobs[name] ?? standard), standard),
    ),
  ]
}

const profileText = (profile: Profile): string =>
  profile.map((part) => `${part.phase}:${part.durationMs / 1000}s@${part.fromRate}-${part.toRate}`).join(',')

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) deepFreeze(inner)
  return Object.freeze(value)
}
