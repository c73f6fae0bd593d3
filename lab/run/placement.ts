/** Where the processes of one run are kept, the lab's own among them, and where they were seen. */
import type { Session, SessionOptions } from '../../compose/component.ts'
import { formatCoreList, machineCores, moveSelf } from '../../compose/native/cores.ts'
import { coresOf } from '../../compose/native/proc.ts'
import { editions } from '../../system/editions/index.ts'
import { coresOfGroup, labProcess } from './cores.ts'
import type { ResolvedRun } from './resolved.ts'

export class Placement {
  /** Cores that the lab could use before the run, as `0-3`; null where the system does not tell. */
  readonly allowed: string | null
  readonly sessionOptions: Pick<SessionOptions, 'coresOf'>
  readonly #own: string | null
  readonly #env: SessionOptions['env']

  constructor({ cores, backend }: Pick<ResolvedRun, 'cores' | 'backend'>, env: SessionOptions['env']) {
    const { allowed } = machineCores(env)
    const { store } = editions[backend]
    this.allowed = allowed === null ? null : formatCoreList(allowed)
    this.sessionOptions = cores === null ? {} : { coresOf: (group) => coresOfGroup(cores, group, store) }
    this.#own = cores === null ? null : coresOfGroup(cores, labProcess, store)
    this.#env = env
  }

  /** Moves the lab itself, for the load alone: what is built and provisioned before may use every core. */
  async enter(): Promise<void> {
    if (this.#own !== null) await moveSelf(this.#own, this.#env)
  }

  /** Lets the lab go again; the next run of a series reads from it what there is. */
  async leave(): Promise<void> {
    if (this.#own !== null && this.allowed !== null) await moveSelf(this.allowed, this.#env)
  }

  /** By process group, what the kernel said until now. Legal between `enter` and `leave`. */
  seen(session: Pick<Session, 'cores'>): ReadonlyMap<string, readonly string[]> {
    const own = coresOf(process.pid)
    return new Map([...session.cores(), ...(own === null ? [] : [[labProcess, [own]] as const])])
  }
}
