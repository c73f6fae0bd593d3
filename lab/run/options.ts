import { type MachineCores, machineCores } from '../../compose/native/cores.ts'
import type { Definition } from '../../scenarios/definitions/definition.ts'
import { mergeSlos, parseSlos } from '../../scenarios/slos.ts'
import { type CacheKind, cacheKinds, type FanoutKind, fanoutKinds } from '../../system/editions/edition.ts'
import { type EditionName, editions, editionWith, fanoutsOf } from '../../system/editions/index.ts'
import { tightestP99 } from '../judge/judge.ts'
import { cleanLedger, named } from '../judge/slos.ts'
import { brokersOf, imageChoices } from '../stack/options.ts'
import { configRows } from './configRows.ts'
import { coreSets } from './cores.ts'
import { parseFault } from './faults.ts'
import { FlagReader } from './flagReader.ts'
import { chooseFrom, parseFlags } from './flags.ts'
import { profileOf, scenarioOptions } from './loadOptions.ts'
import { checkFaults, checkReads, checkRuntime } from './optionChecks.ts'
import { parseCount } from './quantities.ts'
import type { ResolvedRun } from './resolved.ts'
import { runFlags } from './runFlags.ts'
import { runtimeOf } from './runtime.ts'
import { indeterminate, plainSetting, type Setting } from './setting.ts'

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

/** What a store that takes 20,000 rows a second has within the 300 s that the lab's client waits for an answer. */
const maxHistory = 5_000_000

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

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) deepFreeze(inner)
  return Object.freeze(value)
}
