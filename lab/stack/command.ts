import { type Daemon, openDaemon } from '../../compose/docker/daemon.ts'
import type { SwarmContext } from '../../compose/swarm/context.ts'
import { exitCodes } from '../judge/verdict.ts'
import { down, logs, scale } from './actions.ts'
import { explainEnvironment } from './explain.ts'
import { readStackOptions, type StackOptions, stackUsage } from './options.ts'
import { render } from './render.ts'
import { status } from './status.ts'
import type { StackIo, StackTask } from './task.ts'
import { up } from './up.ts'

const actions: Readonly<Record<StackOptions['action'], (task: StackTask) => Promise<number>>> = {
  up,
  status,
  logs,
  scale,
  down,
  render,
}

/** `npm run stack`. Resolves to the exit code. */
export async function stackCommand(args: readonly string[], io: StackIo): Promise<number> {
  const problems: string[] = []
  const options = readStackOptions(args, problems)
  if (options === null) {
    io.stdout.write(stackUsage)
    return exitCodes.PASS
  }
  if (problems.length > 0) {
    const list = problems.map((problem) => `  ${problem}`).join('\n')
    io.stderr.write(`Nothing was done:\n${list}\nnpm run stack -- --help lists every option.\n`)
    return exitCodes.usage
  }
  const stop = new AbortController()
  const unlisten = io.onInterrupt(() => stop.abort(new Error('stopped')))
  try {
    const daemon = await openDaemon(io.env)
    return await actions[options.action]({ options, io, context: contextOf(daemon, io, stop.signal) })
  } catch (error) {
    return explainEnvironment(error, stop.signal, io)
  } finally {
    unlisten()
  }
}

function contextOf(daemon: Daemon, { env, stderr }: StackIo, signal: AbortSignal): SwarmContext {
  return { daemon, env, signal, onProgress: (step) => stderr.write(`${step}\n`) }
}
