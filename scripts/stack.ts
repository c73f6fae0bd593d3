import { stackCommand } from '../lab/stack/command.ts'
import { onInterrupt } from './signals.ts'

/** `npm run stack`: the chat on Docker Swarm. */
export function main(args: string[]): Promise<number> {
  const { stdout, stderr, env } = process
  return stackCommand(args, { stdout, stderr, env, onInterrupt })
}
