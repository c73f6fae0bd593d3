import { openSession } from '../compose/native/session.ts'
import { runCommand } from '../lab/run/command.ts'
import { onInterrupt } from './signals.ts'

/** `npm run spike`, `steady` and `smoke`: the scenario's name, then its options. */
export function main(args: string[]): Promise<number> {
  const { stdout, stderr, env } = process
  return runCommand(args, { stdout, stderr, env, onInterrupt, openSession })
}
