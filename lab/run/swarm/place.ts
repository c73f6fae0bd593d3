import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { EnvironmentError } from '../../../compose/component.ts'
import { isRunning, pidScope, processStat } from '../../../compose/native/proc.ts'
import type { SwarmContext } from '../../../compose/swarm/context.ts'
import { isEmpty, leftoversOf, removeStack } from '../../../compose/swarm/remove.ts'
import { stateFile } from '../../stack/state.ts'

/** Runs use a stack of their own, one at a time: what a run that was killed left is found under this name. */
export const runStack = 'chat-run'

interface Owner {
  readonly pid: number
  readonly startTicks: number
  readonly scope: ReturnType<typeof pidScope>
}

const thisProcess = (): Owner => ({
  pid: process.pid,
  startTicks: processStat(process.pid)?.startTicks ?? 0,
  scope: pidScope(),
})

/**
 * Takes the place of a run's stack, and removes what an ended run has left there. Rejects with ENV-START while another
 * run uses it, or somebody unknown does.
 */
export async function claimRunStack(context: SwarmContext): Promise<void> {
  const file = stateFile(context.env, runStack)
  const owner = await readOwner(file)
  if (owner !== null && isAlive(owner)) throw inUse(`the run of process ${owner.pid} uses it`)
  if (!isEmpty(await leftoversOf(context.daemon, runStack))) {
    if (owner === null) throw inUse('it is not known of which run')
    context.onProgress(`removing the stack that the run of process ${owner.pid} left`)
    await removeStack(runStack, context)
  }
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await writeFile(file, JSON.stringify(thisProcess()), { mode: 0o600 })
}

function inUse(by: string): EnvironmentError {
  const remedy = `Wait for that run, or remove the stack: npm run stack -- down --name=${runStack}`
  return new EnvironmentError('ENV-START', 'stack', `There is a stack ${runStack} already: ${by}.`, remedy)
}

export const releaseRunStack = (env: SwarmContext['env']): Promise<void> =>
  rm(stateFile(env, runStack), { force: true })

async function readOwner(file: string): Promise<Owner | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Owner
  } catch {
    return null
  }
}

/** A process of another boot or container cannot be looked for: it is taken to live. */
function isAlive({ pid, startTicks, scope }: Owner): boolean {
  const here = pidScope()
  if (scope.bootId !== here.bootId) return false
  return scope.pidNamespace !== here.pidNamespace || isRunning(pid, startTicks)
}
