import { openSession } from '../compose/native/session.ts'
import { compareCommand } from '../lab/compare/command.ts'
import { onInterrupt } from './signals.ts'

/** `npm run compare`. */
export function main(args: string[]): Promise<number> {
  const { stdout, stderr, env } = process
  return compareCommand(args, { stdout, stderr, env, onInterrupt, openSession })
}
