import { randomBytes } from 'node:crypto'
import { dirname, join, relative, resolve } from 'node:path'
import { EnvironmentError } from '../../compose/component.ts'
import { toTerminal } from '../../reports/terminal.ts'
import type { Definition, ScenarioOptions } from '../../scenarios/definitions/definition.ts'
import { definitions } from '../../scenarios/definitions/index.ts'
import { exitCodes } from '../judge/verdict.ts'
import { executeRun, type Io } from './execute.ts'
import { chooseFrom, flagHelp } from './flags.ts'
import { openFile } from './openFile.ts'
import { type ResolvedCommand, resolveRun } from './options.ts'
import { type FinishedRun, StoppedBeforeLoad } from './parts.ts'
import type { ResolvedRun } from './resolved.ts'
import { runFlags } from './runFlags.ts'

type RunCommand = Extract<ResolvedCommand, { kind: 'run' }>

/** `spike`, `steady` or `smoke` with its options. Resolves to the exit code of measuring.md section 5. */
export async function runCommand(args: readonly string[], io: Io): Promise<number> {
  const [name = '', ...rest] = args
  const definition = Object.hasOwn(definitions, name) ? definitions[name] : undefined
  if (definition === undefined) {
    io.stderr.write(`There is no scenario "${name}"${chooseFrom(name, Object.keys(definitions))}\n`)
    return exitCodes.usage
  }
  const command = resolveRun(definition, rest)
  if (command.kind === 'help') {
    io.stdout.write(helpText(definition))
    return exitCodes.PASS
  }
  if (command.kind === 'problems') return refuse(command.problems, name, io)
  return carryOut(command, io)
}

/** Tells every problem of a command line. */
export function refuse(problems: readonly string[], command: string, io: Pick<Io, 'stderr'>): number {
  const list = problems.map((problem) => `  ${problem}`).join('\n')
  io.stderr.write(`Nothing was started:\n${list}\nnpm run ${command} -- --help lists every option.\n`)
  return exitCodes.usage
}

/** Runs what a command line was resolved to, or prints it. Resolves to the exit code. */
export async function carryOut(command: RunCommand, io: Io): Promise<number> {
  if (command.planOnly) {
    io.stdout.write(`${JSON.stringify(command.run, null, 2)}\n`)
    return exitCodes.PASS
  }
  const runId = newRunId(command.run)
  try {
    const finished = await executeRun(command.run, runId, io)
    announce(finished, command.json, io)
    if (command.open) openFile(join(finished.folder, 'report.html'))
    return finished.result.verdict.exitCode
  } catch (error) {
    return explain(error, resolve(command.run.outDir, runId), io)
  }
}

/** Defaults of a scenario, by flag, as the help shows them. */
export function scenarioDefaults(defaults: ScenarioOptions): Partial<Record<keyof typeof runFlags, string | number>> {
  const seconds = (ms: number) => `${ms / 1000}s`
  return {
    users: defaults.users,
    'room-size': defaults.roomSize,
    'body-bytes': defaults.bodyBytes,
    from: defaults.fromRate,
    to: defaults.toRate,
    warmup: seconds(defaults.warmUpMs),
    base: seconds(defaults.baseMs),
    rise: seconds(defaults.riseMs),
    hold: seconds(defaults.holdMs),
    fall: seconds(defaults.fallMs),
    recovery: seconds(defaults.recoveryMs),
  }
}

function helpText({ name, title, defaults }: Definition): string {
  return `Usage: npm run ${name} -- [options]

${title}.

${flagHelp(runFlags, scenarioDefaults(defaults))}

Exit codes: 0 PASS, 1 FAIL, 2 wrong usage, 3 INVALID (the run cannot tell), 4 a component is missing or did not start,
5 a bug of the lab, 130 stopped by hand.

Examples:
  npm run ${name}
  npm run ${name} -- --backend=mongo --slo=p99=250ms
  npm run ${name} -- --to=10000 --room-size=2 --hold=30s
`
}

/** Sorts by time; the tail keeps two runs of one second apart. */
function newRunId({ scenario, backend }: ResolvedRun): string {
  const time = new Date().toISOString().replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15)
  return `${time}-${scenario}-${backend}-${randomBytes(2).toString('hex')}`
}

function announce({ result, folder }: FinishedRun, json: boolean, io: Io): void {
  const report = relative(process.cwd(), join(folder, 'report.html'))
  if (json) {
    const { outcome, exitCode } = result.verdict
    const summary = { schema: 'lab.run/1', outcome, exitCode, folder: dirname(report), report, result }
    io.stdout.write(`${JSON.stringify(summary)}\n`)
    return
  }
  // NO_COLOR counts when it is set, also when it is empty.
  const color = io.stdout.isTTY === true && io.env.NO_COLOR === undefined
  io.stdout.write(`\n${toTerminal(result, { color, width: io.stdout.columns ?? 100 })}\nReport: ${report}\n`)
}

function explain(error: unknown, folder: string, io: Io): number {
  if (error instanceof StoppedBeforeLoad) {
    io.stderr.write('Stopped before the first message: nothing was measured, everything is torn down.\n')
    return exitCodes.INCOMPLETE
  }
  if (error instanceof EnvironmentError) {
    const log = error.logLines.map((line) => `    ${line}`).join('\n')
    io.stderr.write(
      `${error.code} ${error.component}: ${error.message}\n${log === '' ? '' : `${log}\n`}${error.remedy}\n`,
    )
    return exitCodes.environment
  }
  if ((error as NodeJS.ErrnoException).code === 'ENOSPC') {
    io.stderr.write(`ENV-DISK run folder: the disk is full.\nFree some space, or name another folder with --out.\n`)
    return exitCodes.environment
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  io.stderr.write(
    `This is a bug of the lab:\n${text}\nThe logs are in ${join(relative(process.cwd(), folder), 'logs')}\n`,
  )
  return exitCodes.bug
}
