import { randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import {
  type CacheKind,
  cacheKinds,
  type Edition,
  type FanoutKind,
  fanoutKinds,
  type Role,
} from '../editions/edition.ts'
import { editions, editionWith, fanoutsOf, needsRedis } from '../editions/index.ts'
import { readKafkaUrl } from '../logs/kafka/address.ts'
import { type RedisAddress, readRedisUrl } from '../redis/address.ts'
import { minSecretBytes } from '../roles/jwt.ts'
import { type FlagName, type FlagValues, flagTable, readFlags } from './flags.ts'
import { applyKnobs, wholeNumber } from './knobs.ts'
import { nearest } from './nearest.ts'
import { withSecretFiles } from './secret-files.ts'

/** A process, resolved: what runs is exactly this. */
export interface ProcessOptions {
  /** With the knobs of the command line applied. */
  readonly edition: Edition
  readonly roles: readonly Role[]
  readonly host: string
  readonly port: number
  readonly gateways: number
  readonly internalHost: string
  readonly internalPort: number
  /** How long a start waits for a store and a log that do not answer yet. */
  readonly waitMs: number
  /** Undefined: an embedded store in a folder of its own that goes with the process. */
  readonly storeUrl: string | undefined
  readonly logUrl: string | undefined
  /** Undefined: this process takes nobody's place. */
  readonly instanceId: string | undefined
  /** Undefined where the edition needs no Redis. */
  readonly redis: RedisAddress | undefined
  readonly tokenSecret: string
  readonly internalToken: string
}

export type Resolved =
  | { readonly kind: 'run'; readonly options: ProcessOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'problems'; readonly problems: readonly string[] }

type Environment = Readonly<Record<string, string | undefined>>

/** Reads the command line and the environment; finds every problem before it gives up. */
export function resolveOptions(args: readonly string[], given: Environment): Resolved {
  const problems: string[] = []
  const flags = readFlags(args, problems)
  if (flags.help) return { kind: 'help' }
  const env = withSecretFiles(given, problems)
  const text = (name: FlagName) => flags[name]?.[0] ?? (flagTable[name] as { byDefault?: string }).byDefault ?? ''
  const known = editionNamed(text('edition'), problems)
  const knobs = applyKnobs((known ?? editions.sqlite).knobs, flags.knob ?? [], problems)
  const choice = { fanout: fanoutNamed(flags, known, problems), cache: cacheNamed(flags, problems) }
  const edition: Edition | undefined = known && { ...editionWith(known, choice), knobs }
  const roles = edition ? rolesNamed(flags, edition, problems) : []
  const options = {
    roles,
    host: host('host', text('host'), problems),
    port: port('port', text('port'), problems),
    internalHost: host('internal-host', text('internal-host'), problems),
    internalPort: port('internal-port', text('internal-port'), problems),
    waitMs: waitMs(text('wait'), problems),
    gateways: gatewayCount(text('gateways'), roles, problems),
    storeUrl: edition && storeUrl(edition, env, problems),
    logUrl: edition && logUrl(edition, env, problems),
    instanceId: instanceId(env, problems),
    redis: edition && redisAddress(edition, env, problems),
    ...secrets(roles, env, problems),
  }
  if (!edition || problems.length > 0) return { kind: 'problems', problems }
  return { kind: 'run', options: { edition, ...options } }
}

function editionNamed(name: string, problems: string[]): Edition | undefined {
  if (Object.hasOwn(editions, name)) return editions[name as keyof typeof editions]
  problems.push(`--edition=${name}: there is no such edition${nearest(name, Object.keys(editions))}`)
  return undefined
}

function fanoutNamed(flags: FlagValues, edition: Edition | undefined, problems: string[]): FanoutKind | undefined {
  const given = flags.fanout?.[0]
  if (given === undefined || edition === undefined) return undefined
  const offered = fanoutsOf(edition)
  const found = offered.find((kind) => kind === given)
  if (found === undefined && fanoutKinds.some((kind) => kind === given))
    problems.push(`--fanout=${given}: the edition ${edition.name} can have ${offered.join(', ')}`)
  else if (found === undefined) problems.push(`--fanout=${given}: there is no such fan-out${nearest(given, offered)}`)
  return found
}

function cacheNamed(flags: FlagValues, problems: string[]): CacheKind | undefined {
  const given = flags.cache?.[0]
  const found = cacheKinds.find((kind) => kind === given)
  if (given !== undefined && found === undefined)
    problems.push(`--cache=${given}: there is no such cache${nearest(given, cacheKinds)}`)
  return found
}

function rolesNamed(flags: FlagValues, edition: Edition, problems: string[]): Role[] {
  const offered = edition.processes.flat()
  const given = flags.roles?.[0]
  if (given === undefined) return [...offered]
  const chosen = [...new Set(given.split(',').map((name) => name.trim()))]
  const unknown = chosen.filter((name) => !offered.includes(name as Role))
  for (const name of unknown)
    problems.push(`--roles: the edition ${edition.name} has no role "${name}"${nearest(name, offered)}`)
  if (edition.fanout === 'memory' && chosen.includes('api') && !chosen.includes('gateway'))
    problems.push(
      `--roles: the edition ${edition.name} hands messages over in memory, so api and gateway share a process`,
    )
  return chosen as Role[]
}

function host(flag: FlagName, text: string, problems: string[]): string {
  if (isIP(text) === 0 && text !== 'localhost')
    problems.push(`--${flag}=${text}: give an IP address of this machine or localhost`)
  return text
}

function port(flag: FlagName, text: string, problems: string[]): number {
  const value = wholeNumber(text)
  if (value !== undefined && value <= 65_535) return value
  problems.push(`--${flag}=${text}: a port is a whole number from 0 to 65535`)
  return 0
}

function waitMs(text: string, problems: string[]): number {
  const value = wholeNumber(text)
  if (value === undefined || value > 3_600) problems.push(`--wait=${text}: a whole number of seconds, at most 3600`)
  return (value ?? 0) * 1_000
}

function gatewayCount(text: string, roles: readonly Role[], problems: string[]): number {
  const value = wholeNumber(text)
  if (value === undefined || value < 1 || value > 16) problems.push(`--gateways=${text}: a whole number from 1 to 16`)
  else if (value > 1 && roles.length > 0 && !roles.includes('gateway'))
    problems.push(`--gateways=${text}: this process has no role gateway`)
  return value ?? 1
}

function storeUrl(edition: Edition, env: Environment, problems: string[]): string | undefined {
  const url = env.CHAT_STORE_URL
  const forms = {
    sqlite: /^sqlite:./,
    mongo: /^mongodb(\+srv)?:\/\/./,
    mysql: /^mysql:\/\/./,
    postgres: /^postgres(ql)?:\/\/./,
    cassandra: /^cassandra:\/\/./,
  }
  const example = {
    sqlite: 'sqlite:<file>',
    mongo: 'mongodb://127.0.0.1:27017/chat',
    mysql: 'mysql://127.0.0.1:3306/chat',
    postgres: 'postgres://127.0.0.1:5432/chat',
    cassandra: 'cassandra://127.0.0.1:9042/chat',
  }[edition.store]
  if (url === undefined || url === '') {
    if (edition.store !== 'sqlite')
      problems.push(`CHAT_STORE_URL is missing: the edition ${edition.name} needs one, like ${example}`)
    return undefined
  }
  // The address is not repeated: it may hold a password.
  if (!forms[edition.store].test(url))
    problems.push(`CHAT_STORE_URL does not fit the edition ${edition.name}: it looks like ${example}`)
  return url
}

function logUrl(edition: Edition, env: Environment, problems: string[]): string | undefined {
  if (edition.log !== 'kafka') return undefined
  const url = env.CHAT_LOG_URL
  if (url === undefined || readKafkaUrl(url) === undefined)
    problems.push(
      `CHAT_LOG_URL ${url ? 'cannot be read' : 'is missing'}: the edition ${edition.name} needs one, like kafka://127.0.0.1:9092`,
    )
  return url
}

function instanceId({ CHAT_INSTANCE_ID: id }: Environment, problems: string[]): string | undefined {
  if (id === undefined || id === '') return undefined
  if (!/^[a-zA-Z0-9._-]{1,100}$/.test(id))
    problems.push(`CHAT_INSTANCE_ID=${id}: up to 100 letters, digits, dots, dashes and underscores, like persister-1`)
  return id
}

function redisAddress(edition: Edition, env: Environment, problems: string[]): RedisAddress | undefined {
  if (!needsRedis(edition)) return undefined
  const url = env.CHAT_REDIS_URL
  const address = url === undefined ? undefined : readRedisUrl(url)
  // The address is not repeated: it may hold a password.
  if (address === undefined)
    problems.push(
      `CHAT_REDIS_URL ${url ? 'cannot be read' : 'is missing'}: fan-out ${edition.fanout} and cache ${edition.cache} need one, like redis://127.0.0.1:6379/0`,
    )
  return address
}

function secrets(roles: readonly Role[], env: Environment, problems: string[]) {
  const { CHAT_TOKEN_SECRET: tokenSecret, CHAT_INTERNAL_TOKEN: internalToken } = env
  if (tokenSecret !== undefined && Buffer.byteLength(tokenSecret) < minSecretBytes)
    problems.push(`CHAT_TOKEN_SECRET is too short: HS256 takes at least ${minSecretBytes} bytes`)
  // Where one process signs and another checks, a secret made here would fit nobody.
  if (tokenSecret === undefined && roles.includes('gateway') !== roles.includes('api'))
    problems.push('CHAT_TOKEN_SECRET is missing: gateway and api run apart and must share one')
  if (internalToken !== undefined && !/^[\x21-\x7e]{16,}$/.test(internalToken))
    problems.push('CHAT_INTERNAL_TOKEN has at least 16 visible ASCII characters: it travels in a header')
  return {
    tokenSecret: tokenSecret ?? randomBytes(48).toString('base64url'),
    internalToken: internalToken ?? randomBytes(24).toString('base64url'),
  }
}
