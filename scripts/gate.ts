import { gateCommand } from '../lab/gate/command.ts'

/** `npm run gate`: judges a finished run again. */
export function main(args: string[]): Promise<number> {
  return gateCommand(args, process)
}
