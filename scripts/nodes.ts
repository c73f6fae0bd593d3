import { nodesCommand } from '../lab/nodes/command.ts'
import { onInterrupt } from './signals.ts'

/** `npm run nodes`: a Swarm of several nodes on this machine, to practise their loss. */
export function main(args: string[]): Promise<number> {
  const { stdout, stderr, env } = process
  return nodesCommand(args, { stdout, stderr, env, onInterrupt })
}
