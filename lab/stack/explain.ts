import { EnvironmentError } from '../../compose/component.ts'
import { exitCodes } from '../judge/verdict.ts'
import type { StackIo } from './task.ts'

/** Says why a command ended, and answers with its exit code. Throws what is a bug. */
export function explainEnvironment(error: unknown, signal: AbortSignal, io: Pick<StackIo, 'stderr'>): number {
  if (signal.aborted) {
    io.stderr.write('Stopped.\n')
    return exitCodes.INCOMPLETE
  }
  if (!(error instanceof EnvironmentError)) throw error
  const lines = error.logLines.map((line) => `    ${line}\n`).join('')
  io.stderr.write(`${error.code} ${error.component}: ${error.message}\n${lines}${error.remedy}\n`)
  return exitCodes.environment
}
