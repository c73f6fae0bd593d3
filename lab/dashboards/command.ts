import { EnvironmentError } from '../../compose/component.ts'
import { staleFiles, writeBuilt } from '../../dashboards/build.ts'
import { exitCodes } from '../judge/verdict.ts'
import type { Io } from '../run/execute.ts'
import { StoppedBeforeLoad } from '../run/parts.ts'
import { checkCommand } from './check.ts'
import { openCommand } from './open.ts'
import { type Command, parseCommand } from './options.ts'

/** `npm run dashboards`. Resolves to the exit code. */
export async function dashboardsCommand(args: readonly string[], io: Io): Promise<number> {
  const command = parseCommand(args)
  try {
    return await runCommand(command, io)
  } catch (error) {
    if (error instanceof StoppedBeforeLoad) return exitCodes.INCOMPLETE
    if (!(error instanceof EnvironmentError)) throw error
    const log = error.logLines.map((line) => `    ${line}\n`).join('')
    io.stderr.write(`${error.code} ${error.component}: ${error.message}\n${log}${error.remedy}\n`)
    return exitCodes.environment
  }
}

async function runCommand(command: Command, io: Io): Promise<number> {
  switch (command.kind) {
    case 'help':
      io.stdout.write(command.text)
      return exitCodes.PASS
    case 'problems':
      io.stderr.write(`${command.problems.join('\n')}\nnpm run dashboards -- --help lists what there is.\n`)
      return exitCodes.usage
    case 'build':
      return build(command.onlyCheck, io)
    case 'check':
      return checkCommand(command, io)
    case 'open':
      return openCommand(command, io)
  }
}

async function build(onlyCheck: boolean, io: Io): Promise<number> {
  const stale = onlyCheck ? await staleFiles() : await writeBuilt()
  for (const problem of stale) io.stdout.write(`${onlyCheck ? '' : 'written, for it was stale: '}${problem}\n`)
  if (onlyCheck && stale.length > 0) io.stderr.write('npm run dashboards -- build writes them.\n')
  if (stale.length === 0) io.stdout.write('dashboards/built is fresh\n')
  return onlyCheck && stale.length > 0 ? exitCodes.FAIL : exitCodes.PASS
}
