import { openSession } from '../compose/native/session.ts'
import { dashboardsCommand } from '../lab/dashboards/command.ts'
import { onInterrupt } from './signals.ts'

/** `npm run dashboards`: builds, checks and shows the boards. */
export function main(args: string[]): Promise<number> {
  const { stdout, stderr, env } = process
  return dashboardsCommand(args, { stdout, stderr, env, onInterrupt, openSession })
}
