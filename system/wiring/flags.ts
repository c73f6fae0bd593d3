import { parseArgs } from 'node:util'
import { cacheKinds, fanoutKinds, roles } from '../editions/edition.ts'
import { editions } from '../editions/index.ts'
import { knobRules } from './knobs.ts'
import { nearest } from './nearest.ts'

interface Flag {
  /** What stands for the value in the help text; missing = the flag has none. */
  readonly value?: string
  readonly byDefault?: string
  readonly repeatable?: true
  readonly help: string
}

/** The one table of flags: the command line is read by it and the help text printed from it. */
export const flagTable = {
  edition: { value: 'name', byDefault: 'sqlite', help: `which chat to run: ${Object.keys(editions).join(', ')}` },
  roles: { value: 'list', help: `roles of this process, of ${roles.join(', ')}; by default all the edition has` },
  fanout: {
    value: 'kind',
    help: `how messages reach the gateways: ${fanoutKinds.join(', ')}; by default as the edition has it`,
  },
  cache: { value: 'kind', help: `where the last messages of rooms are kept at hand: ${cacheKinds.join(', ')}` },
  host: { value: 'address', byDefault: '127.0.0.1', help: 'address the public servers listen on' },
  port: { value: 'number', byDefault: '0', help: 'port of the first public server; 0 = a free one' },
  gateways: {
    value: 'count',
    byDefault: '1',
    help: 'gateways in this process, a public server each; further ports follow',
  },
  'internal-host': {
    value: 'address',
    byDefault: '127.0.0.1',
    help: 'address the internal server listens on; in a container another than loopback, for whoever scrapes it',
  },
  'internal-port': { value: 'number', byDefault: '0', help: 'port of the internal server; 0 = a free one' },
  wait: {
    value: 'seconds',
    byDefault: '0',
    help: 'how long to wait at the start for a store and a log that do not answer yet',
  },
  knob: {
    value: 'name=value',
    repeatable: true,
    help: `overrides a knob of the edition: ${Object.keys(knobRules).join(', ')}`,
  },
  help: { help: 'prints this text' },
} as const satisfies Record<string, Flag>

export type FlagName = keyof typeof flagTable
export type FlagValues = Partial<Record<FlagName, string[]>>

/** The values of each flag as texts, in the order given; what cannot be read is added to `problems`. */
export function readFlags(args: readonly string[], problems: string[]): FlagValues {
  const types = Object.entries<Flag>(flagTable).map(([name, flag]) => [
    name,
    { type: flag.value ? 'string' : 'boolean' },
  ])
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(types) as Record<string, { type: 'string' | 'boolean' }>,
    strict: false,
    tokens: true,
  })
  const values: FlagValues = {}
  for (const token of tokens) {
    if (token.kind === 'positional') problems.push(`"${token.value}" is no flag: every setting is written --name=value`)
    if (token.kind === 'option') takeFlag(token, values, problems)
  }
  return values
}

function takeFlag(
  { name, rawName, value }: { name: string; rawName: string; value?: string },
  values: FlagValues,
  problems: string[],
): void {
  if (!Object.hasOwn(flagTable, name)) {
    problems.push(
      `there is no flag ${rawName}${nearest(
        `--${name}`,
        Object.keys(flagTable).map((known) => `--${known}`),
      )}`,
    )
    return
  }
  const flag: Flag = flagTable[name as FlagName]
  const before = values[name as FlagName] ?? []
  if (flag.value !== undefined && (value === undefined || value === ''))
    problems.push(`${rawName} needs a <${flag.value}>`)
  else if (flag.value === undefined && value !== undefined) problems.push(`${rawName} takes no value`)
  else if (before.length > 0 && !flag.repeatable) problems.push(`${rawName} is given twice`)
  else values[name as FlagName] = [...before, value ?? '']
}

/** The help text of a command with these flags. */
export function helpText(command: string): string {
  const rows = Object.entries<Flag>(flagTable).map(([name, { value, byDefault, help }]) => {
    const form = `--${name}${value ? `=<${value}>` : ''}`
    return `  ${form.padEnd(24)} ${help}${byDefault ? ` (${byDefault})` : ''}`
  })
  return [
    `Usage: ${command} [flags]`,
    '',
    'Flags:',
    ...rows,
    '',
    'Environment:',
    '  CHAT_STORE_URL           sqlite:<file>, mongodb://<host>/<database>, mysql://<host>/<database>,',
    '                           postgres://<host>/<database> or cassandra://<host>/<keyspace>',
    '  CHAT_LOG_URL             kafka://<host>:<port>[,<host>:<port>][/<prefix of its topics>]',
    '  CHAT_INSTANCE_ID         the place of this process among its like, e.g. persister-1, the same when it is started',
    '                           again: a persister or relay then takes over at once what a killed one of it was reading',
    '  CHAT_REDIS_URL           redis://[:<password>@]<host>:<port>/[<database>][?prefix=<of its channels and keys>]',
    '  CHAT_TOKEN_SECRET        signs access tokens, at least 32 bytes; the same in every process of a system',
    '  CHAT_INTERNAL_TOKEN      bearer token of the internal server, at least 16 characters',
    '  CHAT_..._FILE            the path of a file that holds CHAT_..., e.g. a Swarm secret',
    '',
    'Examples:',
    `  ${command} --edition=sqlite --port=8080`,
    `  ${command} --edition=mongo --roles=persister --knob persistBatchRows=200`,
    '',
  ].join('\n')
}
