import { openSession } from '../compose/native/session.ts'
import { drillCommand } from '../lab/drill/command.ts'
import { onInterrupt } from './signals.ts'

/** `npm run drill`: the drill's name, then options. */
export function main(args: string[]): Promise<number> {
  const { stdout, stderr, env } = process
  return drillCommand(args, { stdout, stderr, env, onInterrupt, openSession })
}
