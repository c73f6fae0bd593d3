import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { ObserverPorts } from '../../compose/stack/observers.ts'
import type { StackPorts, StackSecrets } from '../../compose/stack/options.ts'
import type { EditionName } from '../../system/editions/index.ts'

/** What must be known of a stack that is up, credentials among it: so the file is for its owner alone. */
export interface StackState {
  readonly schema: 'lab.stack/1'
  readonly name: string
  readonly backend: EditionName
  readonly startedAt: string
  readonly ports: StackPorts
  readonly secrets: StackSecrets
  /** Null: nobody watches it. */
  readonly observe: ObserverPorts | null
}

type Environment = Readonly<Record<string, string | undefined>>

/** Outside of the checkout, where the XDG directories say that programs keep what they must remember. */
export function stateFile(env: Environment, stack: string): string {
  const base = env.XDG_STATE_HOME || join(env.HOME || homedir(), '.local', 'state')
  return join(base, 'chat-capacity-lab', 'stacks', `${stack}.json`)
}

export async function saveState(env: Environment, state: StackState): Promise<void> {
  const file = stateFile(env, state.name)
  await mkdir(join(file, '..'), { recursive: true, mode: 0o700 })
  await writeFile(file, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 })
}

/** Null where nothing was kept of it, or nothing that can be read. */
export async function readState(env: Environment, stack: string): Promise<StackState | null> {
  try {
    const state = JSON.parse(await readFile(stateFile(env, stack), 'utf8')) as StackState
    return state.schema === 'lab.stack/1' ? state : null
  } catch {
    return null
  }
}

export const forgetState = (env: Environment, stack: string): Promise<void> =>
  rm(stateFile(env, stack), { force: true })
