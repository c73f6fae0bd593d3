import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import type { ComponentName } from '../../compose/component.ts'
import type { FreshStore, KillableStore } from '../../system/stores/conformance.ts'
import { errorFrom } from '../../system/stores/sqlite/errors.ts'
import { type Store, StoreError } from '../../system/stores/store.ts'
import { provide, skipOrFail } from './components.ts'
import { freshSqlite } from './sqlite-store.ts'
import type { Answer, Call } from './store-process.ts'

/** A store on an engine of its own. Undefined, with the test skipped, when there is none that is ours to kill. */
export async function killableEngine(
  t: TestContext,
  name: ComponentName,
  fresh: (serverUrl: string) => Promise<FreshStore>,
): Promise<KillableStore | undefined> {
  const own = await provide(name, { own: true })
  if (!skipOrFail(t, own)) return undefined
  if (own.component.origin === 'given') {
    t.skip(`this ${name} is given and not ours to kill`)
    await own.release()
    return undefined
  }
  const { store } = await fresh(own.url)
  // Its data goes with the engine.
  const end = async () => {
    await store.close()
    await own.release()
  }
  return { store, kill: own.kill, restart: own.restart, dispose: end }
}

/** SQLite is an engine inside its process: the process that has the file open is what is killed. */
export async function killableSqlite(): Promise<KillableStore> {
  const { store, url, dispose } = await freshSqlite()
  await store.close()
  const engine = new StoreProcess(url)
  await engine.restart()
  const end = async () => {
    await engine.kill()
    await dispose()
  }
  return { store: engine, kill: () => engine.kill(), restart: () => engine.restart(), dispose: end }
}

interface Waiting {
  resolve(result: never): void
  reject(error: unknown): void
}

/** The SQLite store of a child process, call by call. */
class StoreProcess implements Pick<Store, 'appendMessages' | 'readAfter' | 'ping'> {
  readonly #url: string
  readonly #waiting = new Map<number, Waiting>()
  #child: ChildProcess | undefined
  #lastId = 0

  readonly appendMessages: Store['appendMessages'] = (messages) => this.#call('appendMessages', messages)
  readonly readAfter: Store['readAfter'] = (...args) => this.#call('readAfter', ...args)
  readonly ping: Store['ping'] = () => this.#call('ping')

  constructor(url: string) {
    this.#url = url
  }

  async restart(): Promise<void> {
    const script = new URL('./store-process.ts', import.meta.url)
    const child = fork(script, [this.#url], { serialization: 'advanced' })
    child.on('message', ({ id, error, result }: Answer) => {
      const call = this.#waiting.get(id)
      this.#waiting.delete(id)
      if (error) call?.reject(errorFrom(error))
      else call?.resolve(result as never)
    })
    child.on('exit', () => this.#fail())
    this.#child = child
  }

  async kill(): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }

  #call<Result>(name: Call['name'], ...args: readonly unknown[]): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (!this.#child?.connected) return reject(processGone())
      const id = ++this.#lastId
      this.#waiting.set(id, { resolve, reject })
      const call: Call = { id, name, args }
      // A child that dies just now breaks the pipe; its exit fails the call.
      this.#child.send(call, () => {})
    })
  }

  #fail(): void {
    for (const { reject } of this.#waiting.values()) reject(processGone())
    this.#waiting.clear()
  }
}

function processGone(): StoreError {
  return new StoreError('STORE-UNREACHABLE', 'The process of the store was killed.', {
    effect: 'indefinite',
    retryable: true,
  })
}
