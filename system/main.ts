import type { EventEmitter } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { exitCodes, StartError } from './wiring/failure.ts'
import { helpText } from './wiring/flags.ts'
import { createLogger } from './wiring/logger.ts'
import { type ProcessOptions, resolveOptions } from './wiring/options.ts'
import { type ReadyLine, type SystemProcess, startProcess } from './wiring/process.ts'

/** What a system process gets from outside. */
export interface SystemIo {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdout: NodeJS.WritableStream
  readonly stderr: NodeJS.WritableStream
  /** Emits SIGTERM and SIGINT. */
  readonly signals: Pick<EventEmitter, 'on' | 'off'>
  readonly logger: Logger
  /** Name of the command in the help text. */
  readonly command: string
  /** Told when everything is ready; by default the ready line goes to stdout. */
  readonly onReady?: (line: ReadyLine, options: ProcessOptions) => void
}

/** How long a signal in the midst of a start waits for it to end. */
const startGraceMs = 2_000

/** Runs one process of the chat until a signal or the failure of a role. Resolves to the exit code. */
export async function main(io: SystemIo, start = startProcess): Promise<number> {
  const resolved = resolveOptions(io.args, io.env)
  if (resolved.kind === 'help') {
    io.stdout.write(helpText(io.command))
    return exitCodes.ended
  }
  if (resolved.kind === 'problems') {
    io.stderr.write(`${resolved.problems.map((problem) => `${problem}\n`).join('')}See ${io.command} --help\n`)
    return exitCodes.usage
  }
  return run(resolved.options, io, start)
}

async function run(options: ProcessOptions, io: SystemIo, start: typeof startProcess): Promise<number> {
  const signals = watchSignals(io.signals)
  const starting = start(options, io.logger)
  try {
    const system = await Promise.race([starting, signals.first])
    if (system === 'first signal') return await giveUpStart(starting, signals)
    const ready = io.onReady ?? ((line) => io.stdout.write(`${JSON.stringify(line)}\n`))
    ready(system.readyLine, options)
    return await untilEnd(system, signals, io)
  } catch (error) {
    return startFailed(error, io)
  } finally {
    signals.close()
  }
}

/** A start may wait long for something outside; nothing was taken yet, so it is not waited for long. */
async function giveUpStart(starting: Promise<SystemProcess>, signals: Signals): Promise<number> {
  const closed = starting.then(
    (system) => system.close(),
    () => undefined,
  )
  const over = new AbortController()
  const grace = delay(startGraceMs, undefined, { signal: over.signal })
  await Promise.race([closed, signals.second, grace]).finally(() => over.abort())
  return exitCodes.interrupted
}

async function untilEnd(system: SystemProcess, signals: Signals, { logger, stderr }: SystemIo): Promise<number> {
  try {
    await Promise.race([signals.first, system.failed])
  } catch (error) {
    logger.fatal({ err: error }, 'cannot go on')
    stderr.write(`Cannot go on: ${error instanceof Error ? error.message : error}\n`)
    await Promise.race([system.close(), signals.second])
    return exitCodes.failed
  }
  logger.info('draining')
  const ended = system.drain().then(() => system.close())
  const end = await Promise.race([ended, signals.second])
  return end === 'second signal' ? exitCodes.interrupted : exitCodes.ended
}

function startFailed(error: unknown, { logger, stderr }: SystemIo): number {
  if (error instanceof StartError) {
    stderr.write(`${error.message}. ${error.remedy}\n`)
    return error.exitCode
  }
  logger.fatal({ err: error }, 'could not start')
  stderr.write(`Could not start: ${error instanceof Error ? error.message : error}\n`)
  return exitCodes.failed
}

interface Signals {
  readonly first: Promise<'first signal'>
  readonly second: Promise<'second signal'>
  close(): void
}

function watchSignals(source: SystemIo['signals']): Signals {
  const first = Promise.withResolvers<'first signal'>()
  const second = Promise.withResolvers<'second signal'>()
  let count = 0
  const onSignal = () => {
    count++
    if (count === 1) first.resolve('first signal')
    else second.resolve('second signal')
  }
  const names = ['SIGTERM', 'SIGINT']
  for (const name of names) source.on(name, onSignal)
  return {
    first: first.promise,
    second: second.promise,
    close: () => {
      for (const name of names) source.off(name, onSignal)
    },
  }
}

if (import.meta.main) {
  const code = await main({
    args: process.argv.slice(2),
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    signals: process,
    logger: createLogger(),
    command: 'node system/main.ts',
  })
  // A second signal leaves work behind that would keep the process; here is the one place that cuts it.
  process.exit(code)
}
