import type { ImageChoice } from '../../compose/images/ensure.ts'
import { type BrokerCount, brokerCounts, type StoreName, storeNames } from '../../compose/stack/options.ts'
import { type CacheKind, cacheKinds, type FanoutKind } from '../../system/editions/edition.ts'
import { type EditionName, editions, fanoutsOf } from '../../system/editions/index.ts'
import { chooseFrom, type FlagTable, flagHelp, parseFlags } from '../run/flags.ts'
import { parseCount } from '../run/quantities.ts'

/** The editions a stack can be made of: those whose store is a server. */
export const stackBackends = (Object.keys(editions) as EditionName[]).filter((name) =>
  storeNames.some((store) => store === editions[name].store),
) as readonly StackBackend[]
export type StackBackend = Extract<EditionName, StoreName>

export const isStackBackend = (name: EditionName): name is StackBackend => stackBackends.some((one) => one === name)

export const imageChoices = ['auto', 'official', 'local'] as const satisfies readonly ImageChoice[]

export const stackFlags = {
  backend: { value: stackBackends.join('|'), help: `up: storage backend (default ${stackBackends[0]})` },
  fanout: {
    value: fanoutsOf(editions[stackBackends[0]!]).join('|'),
    help: 'up: how messages reach the gateways (default kafka)',
  },
  cache: { value: cacheKinds.join('|'), help: 'up: the last messages of rooms at hand for history (default none)' },
  gateways: { value: 'n', help: 'up: tasks of the gateway (default 2)' },
  brokers: {
    value: brokerCounts.join('|'),
    help: 'up: Kafka brokers; with 3 every record is on two before it is acknowledged (default 1)',
  },
  images: {
    value: 'auto|official|local',
    help: 'up: pull official images, build them here, or what works (default auto)',
  },
  knob: { value: 'name=n', repeatable: true, help: 'up: setting of the edition, e.g. lingerMs=5' },
  port: { value: 'n', help: 'up: port of REST and WebSocket (default 8080)' },
  'operations-port': {
    value: 'n',
    help: "up: port of the tasks' metrics, which wants the internal token (default 8405)",
  },
  observe: { value: 'on|off', help: 'up: Prometheus beside it, and Grafana where its image can be had (default on)' },
  'prometheus-port': { value: 'n', help: 'up: port of Prometheus (default 9090, or a free one when that is taken)' },
  'grafana-port': { value: 'n', help: 'up: port of Grafana (default 3000, or a free one when that is taken)' },
  replace: { help: 'up: removes a stack of that name first' },
  keep: { help: 'up: leaves a stack that did not become healthy there, to look at it' },
  'init-swarm': { help: 'up: makes the daemon a Swarm of its own, on loopback, where it is in none' },
  name: { value: 'name', help: 'name of the stack (default chat)' },
  out: { value: 'folder', help: 'render: write the compose file with its configs and secrets there' },
  tail: { value: 'n', help: 'logs: lines from the end (default 100)' },
  follow: { help: 'logs: go on as lines come' },
  json: { help: 'status: one JSON object instead of the table' },
  help: { help: 'print this' },
} as const satisfies FlagTable

export const stackActions = ['up', 'status', 'logs', 'scale', 'down', 'render'] as const
export type StackAction = (typeof stackActions)[number]

export interface StackOptions {
  readonly action: StackAction
  readonly backend: StackBackend
  readonly fanout: FanoutKind
  readonly cache: CacheKind
  readonly gateways: number
  readonly brokers: BrokerCount
  readonly images: ImageChoice
  readonly knobs: Readonly<Record<string, number>>
  readonly port: number
  readonly operationsPort: number
  readonly observe: boolean
  /** Null: none was asked for. */
  readonly prometheusPort: number | null
  readonly grafanaPort: number | null
  readonly replace: boolean
  readonly keep: boolean
  readonly initSwarm: boolean
  readonly name: string
  readonly out: string | null
  readonly tail: number
  readonly follow: boolean
  readonly json: boolean
  /** `logs`: whose. */
  readonly service: string
  /** `scale`. */
  readonly scale: Readonly<Record<string, number>>
}

export const stackUsage = `Usage: npm run stack -- <${stackActions.join('|')}> [options]

The chat on Docker Swarm.
  up                   deploys it, waits until a client is served, prints where
  status               services, tasks, and what is wrong with them
  logs <service>       what its tasks say
  scale gateway=5 ...  other numbers of tasks
  down                 removes it with its volumes, networks, configs and secrets
  render               prints the compose file; --out writes everything that \`docker stack deploy\` needs

${flagHelp(stackFlags)}

Exit codes: 0 done, 2 wrong usage, 4 Docker, an image or a service is missing or did not start, 130 stopped by hand.
`

/** Null for --help. Pushes every problem there is. */
export function readStackOptions(args: readonly string[], problems: string[]): StackOptions | null {
  const { values, positionals } = parseFlags(stackFlags, args, problems)
  if (values.has('help')) return null
  const text = (name: keyof typeof stackFlags, fallback: string) => values.get(name)?.[0] ?? fallback
  const count = (name: keyof typeof stackFlags, fallback: number, min: number, max: number) => {
    const value = parseCount(text(name, `${fallback}`))
    if (value !== null && value >= min && value <= max) return value
    problems.push(`--${name}=${text(name, '')} cannot be used: give a whole number from ${min} to ${max}`)
    return fallback
  }
  const choice = <T extends string>(name: keyof typeof stackFlags, known: readonly T[], fallback: T): T => {
    const given = text(name, fallback)
    const found = known.find((one) => one === given)
    if (found === undefined) problems.push(`--${name}=${given} is unknown${chooseFrom(given, known)}`)
    return found ?? fallback
  }
  const [word = '', ...words] = positionals
  const action = stackActions.find((one) => one === word)
  if (action === undefined)
    problems.push(
      word === ''
        ? `say what to do: ${stackActions.join(', ')}`
        : `"${word}" is unknown${chooseFrom(word, stackActions)}`,
    )
  const backend = backendOf(text('backend', stackBackends[0]!), problems)
  const name = text('name', 'chat')
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(name)) problems.push(`--name=${name}: small letters, digits and -, at most 31`)
  return {
    action: action ?? 'status',
    backend,
    fanout: choice('fanout', fanoutsOf(editions[backend]), editions[backend].fanout),
    cache: choice('cache', cacheKinds, editions[backend].cache),
    gateways: count('gateways', 2, 1, 16),
    brokers: brokersOf(text('brokers', '1'), problems),
    images: choice('images', imageChoices, 'auto'),
    knobs: knobsOf(values.get('knob') ?? [], backend, problems),
    port: count('port', 8080, 1, 65_535),
    operationsPort: count('operations-port', 8405, 1, 65_535),
    observe: choice('observe', ['on', 'off'], 'on') === 'on',
    prometheusPort: values.has('prometheus-port') ? count('prometheus-port', 0, 1, 65_535) : null,
    grafanaPort: values.has('grafana-port') ? count('grafana-port', 0, 1, 65_535) : null,
    replace: values.has('replace'),
    keep: values.has('keep'),
    initSwarm: values.has('init-swarm'),
    name,
    out: values.get('out')?.[0] ?? null,
    tail: count('tail', 100, 0, 100_000),
    follow: values.has('follow'),
    json: values.has('json'),
    ...wordsOf(action, words, problems),
  }
}

function backendOf(given: string, problems: string[]): StackBackend {
  const found = stackBackends.find((one) => one === given)
  if (found === undefined)
    problems.push(
      Object.hasOwn(editions, given)
        ? `--backend=${given} keeps its store in the chat's own process, which is no service; there are ${stackBackends.join(', ')}`
        : `--backend=${given} is unknown${chooseFrom(given, stackBackends)}`,
    )
  return found ?? stackBackends[0]!
}

/** Reads `--brokers`; pushes what is wrong with it. */
export function brokersOf(text: string, problems: string[]): BrokerCount {
  const found = brokerCounts.find((one) => `${one}` === text)
  if (found === undefined) problems.push(`--brokers=${text} cannot be used: give ${brokerCounts.join(' or ')}`)
  return found ?? 1
}

function knobsOf(given: readonly string[], backend: StackBackend, problems: string[]): Record<string, number> {
  const known = Object.keys(editions[backend].knobs)
  const pairs = given.flatMap((text): [string, number][] => {
    const [name = '', value = ''] = text.split('=', 2)
    const number = parseCount(value)
    if (!known.includes(name)) problems.push(`--knob=${text}: there is no knob "${name}"${chooseFrom(name, known)}`)
    else if (number === null) problems.push(`--knob=${text}: give a whole number`)
    else return [[name, number]]
    return []
  })
  return Object.fromEntries(pairs)
}

const scalable = ['gateway', 'api', 'persister'] as const

function wordsOf(
  action: StackAction | undefined,
  words: readonly string[],
  problems: string[],
): Pick<StackOptions, 'service' | 'scale'> {
  if (action === 'scale') return { service: '', scale: scaleOf(words, problems) }
  const [service = '', ...rest] = words
  if (action === 'logs' && service === '') problems.push('say whose: npm run stack -- logs gateway')
  const extra = action === 'logs' ? rest : words
  for (const word of extra) problems.push(`"${word}" is no option; options begin with --`)
  return { service, scale: {} }
}

function scaleOf(words: readonly string[], problems: string[]): Record<string, number> {
  if (words.length === 0) problems.push('say what to scale: npm run stack -- scale gateway=5')
  const pairs = words.flatMap((word): [string, number][] => {
    const [name = '', value = ''] = word.split('=', 2)
    const number = parseCount(value)
    if (!scalable.some((one) => one === name))
      problems.push(`scale ${word}: there is no such role${chooseFrom(name, scalable)}`)
    else if (number === null || number > 16) problems.push(`scale ${word}: give a whole number from 0 to 16`)
    else return [[name, number]]
    return []
  })
  return Object.fromEntries(pairs)
}
