import { processIo, runCommand } from '../lab/run/command.ts'

/** `npm run spike`, `steady` and `smoke`: the scenario's name, then its options. */
export function main(args: string[]): Promise<number> {
  return runCommand(args, processIo)
}
