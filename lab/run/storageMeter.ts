import type { Session } from '../../compose/component.ts'
import type { StorageMarks } from '../judge/storage.ts'
import type { DiskUsage } from '../measure/diskUsage.ts'
import type { RunningTarget, StoreStorage } from './target.ts'

/** Measures the store's data folder around a run. A measurement that fails is told, and the run goes on without it. */
export class StorageMeter {
  readonly #storage: StoreStorage | undefined
  readonly #obstacle: string | null
  readonly #session: Pick<Session, 'sample'>
  readonly #onProblem: (text: string) => void
  #empty: DiskUsage | null = null
  #before: { readonly usage: DiskUsage; readonly writtenBytes: number | null } | null = null

  constructor(storage: RunningTarget['storage'], session: Pick<Session, 'sample'>, onProblem: (text: string) => void) {
    const isObstacle = storage !== undefined && 'obstacle' in storage
    this.#storage = isObstacle ? undefined : storage
    this.#obstacle = isObstacle ? storage.obstacle : null
    this.#session = session
    this.#onProblem = onProblem
  }

  async empty(): Promise<void> {
    if (this.#obstacle !== null) this.#onProblem(`the store's disk use is not measured: ${this.#obstacle}`)
    this.#empty = await this.#measure()
  }

  async before(): Promise<void> {
    const usage = await this.#measure()
    this.#before = usage === null ? null : { usage, writtenBytes: this.#written() }
  }

  /** Null where the store is not ours, or one of the measurements failed. */
  async after(compact: boolean): Promise<StorageMarks | null> {
    const after = this.#before === null ? null : await this.#measure()
    if (this.#before === null || this.#empty === null || after === null) return null
    const { usage: before, writtenBytes: first } = this.#before
    const last = this.#written()
    return {
      empty: this.#empty,
      before,
      after,
      compacted: compact ? await this.#compacted() : null,
      writtenBytes: first === null || last === null ? null : last - first,
    }
  }

  #compacted(): Promise<DiskUsage | null> {
    return this.#measure(() => this.#storage?.compact?.())
  }

  async #measure(prepare?: () => Promise<void> | undefined): Promise<DiskUsage | null> {
    try {
      await prepare?.()
      return (await this.#storage?.measure()) ?? null
    } catch (error) {
      this.#onProblem(`the store's disk use could not be measured: ${(error as Error).message}`)
      return null
    }
  }

  #written(): number | null {
    const { processes } = this.#session.sample()
    const known = (this.#storage?.groups ?? []).map((name) => processes.get(name)?.writtenBytes ?? null)
    return known.reduce((sum, bytes) => (sum === null || bytes === null ? null : sum + bytes), 0)
  }
}
