import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ComponentName, EnvironmentError, type Progress, type Session } from '../compose/component.ts'
import { openSession } from '../compose/native/session.ts'
import { needsRedis } from '../system/editions/index.ts'
import { main as runSystem } from '../system/main.ts'
import { createLogger } from '../system/wiring/logger.ts'
import { type ProcessOptions, resolveOptions } from '../system/wiring/options.ts'
import type { ReadyLine } from '../system/wiring/process.ts'
import { onInterrupt, signals } from './signals.ts'

const command = 'npm run system --'
/** What an edition needs beside this process: the component, the variable that names it, the form of its address there. */
interface Need {
  readonly component: ComponentName
  readonly variable: string
  address(url: string): string
}
const storeNeed = (component: ComponentName): Need => ({
  component,
  variable: 'CHAT_STORE_URL',
  address: (url) => Object.assign(new URL(url), { pathname: '/chat' }).href,
})
/** One for each form of address a store may want. */
const storePlaceholders = [
  'sqlite:later',
  'mongodb://later/chat',
  'mysql://later/chat',
  'postgres://later/chat',
  'cassandra://later/chat',
]
const logNeed: Need = { component: 'kafka', variable: 'CHAT_LOG_URL', address: (url) => `kafka://${url}` }
const redisNeed: Need = { component: 'redis', variable: 'CHAT_REDIS_URL', address: (url) => url }
const needs: Readonly<Record<string, readonly Need[]>> = {
  mongo: [storeNeed('mongo'), logNeed],
  mysql: [storeNeed('mysql'), logNeed],
  postgres: [storeNeed('postgres'), logNeed],
  cassandra: [storeNeed('cassandra'), logNeed],
}

/**
 * Runs the reference chat, all roles in this process, for somebody who wants to talk to it with clients of their own.
 * Components that the environment does not name are provisioned and go with it. Resolves to the exit code.
 */
export async function main(args: string[]): Promise<number> {
  const missing = missingComponents(args)
  if (missing.length === 0) return run(args, process.env)
  const runDir = await mkdtemp(join(tmpdir(), 'chat-system-'))
  const interrupted = new AbortController()
  const onSignal = () => interrupted.abort(new Error('interrupted'))
  const unlisten = onInterrupt(onSignal)
  let session: Session | undefined
  try {
    session = await openSession({ runDir, signal: interrupted.signal, env: process.env, onProgress: progressLines() })
    const env: Record<string, string | undefined> = { ...process.env }
    for (const { component, variable, address } of missing)
      env[variable] = address((await session.start(component)).url)
    unlisten()
    return await run(args, env)
  } catch (error) {
    if (interrupted.signal.aborted) return 130
    if (!(error instanceof EnvironmentError)) throw error
    process.stderr.write(`${[error.message, error.remedy, ...error.logLines].join('\n')}\n`)
    return 4
  } finally {
    await session?.close()
    await rm(runDir, { recursive: true, force: true })
  }
}

/** What the edition needs and the environment does not name. A command line with other mistakes needs nothing yet. */
function missingComponents(args: readonly string[]): readonly Need[] {
  const later = { CHAT_LOG_URL: 'kafka://later:1', CHAT_REDIS_URL: 'redis://later' }
  const resolved = storePlaceholders
    .map((CHAT_STORE_URL) => resolveOptions(args, { ...process.env, CHAT_STORE_URL, ...later }))
    .find(({ kind }) => kind === 'run')
  if (resolved?.kind !== 'run') return []
  const { edition } = resolved.options
  const all = [...(needs[edition.name] ?? []), ...(needsRedis(edition) ? [redisNeed] : [])]
  return all.filter(({ variable }) => !process.env[variable])
}

function run(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Promise<number> {
  return runSystem({
    args,
    env,
    stdout: process.stdout,
    stderr: process.stderr,
    signals,
    logger: createLogger(),
    command,
    onReady: (line, options) => process.stdout.write(welcome(line, options)),
  })
}

function welcome({ publicUrls, internalUrl }: ReadyLine, { edition }: ProcessOptions): string {
  const [url = '', ...others] = publicUrls
  const json = "-H 'content-type: application/json'"
  return `
The chat is up: edition ${edition.name}, pipeline ${edition.pipeline}. Ctrl-C ends it.

  REST      ${url}/v1   described at ${url}/openapi.json
  Socket    ${publicUrls.map((each) => `${each.replace('http', 'ws')}/ws`).join('  ')}   STOMP 1.2, subprotocol v12.stomp
  Health    ${[url, ...others, internalUrl].map((each) => `${each}/readyz`).join('  ')}
  Metrics   ${internalUrl}/metrics

Sign up, log in, make a room:

  curl -s ${url}/v1/auth/signup ${json} \\
    -d '{"login":"jimin","email":"jimin@example.org","nickname":"Jimin","password":"eight or more"}'
  ACCESS=$(curl -s ${url}/v1/auth/login ${json} \\
    -d '{"login":"jimin","password":"eight or more"}' | sed 's/.*"access":"\\([^"]*\\)".*/\\1/')
  curl -s ${url}/v1/rooms ${json} -H "Authorization: Bearer $ACCESS" -d '{"kind":"open","name":"hall","memberIds":[]}'

On the socket: CONNECT with the header "Authorization: Bearer <access>", SUBSCRIBE to /topic/rooms/<room id>,
SEND {"clientMessageId":"1","type":"TALK","body":"hello"} to /app/rooms/<room id>/send with a receipt header.
`
}

/** A line a step, not one a byte count. */
function progressLines(): (progress: Progress) => void {
  const last = new Map<string, string>()
  return ({ component, step }) => {
    const kind = step.replace(/\d+/g, '')
    if (last.get(component) !== kind) process.stderr.write(`${component}: ${step}\n`)
    last.set(component, kind)
  }
}
