import { Worker } from 'node:worker_threads'
import { storeClosed } from '../closed.ts'
import { StoreError } from '../store.ts'
import type { OperationName, Operations } from './engine.ts'
import { errorFrom } from './errors.ts'
import type { FromWorker, ToWorker } from './wire.ts'

interface Waiting {
  resolve(result: never): void
  reject(error: unknown): void
}

/** The caller's end of the worker: calls by name, answers by id, and the truth when the thread is gone. */
export class EngineThread {
  readonly schemaVersion: number
  readonly #worker: Worker
  readonly #waiting: Map<number, Waiting>
  #lastId = 0
  #gone: Error | undefined

  /** Resolves when the file is open and has the newest schema. Rejects with a `StoreError`. */
  static async start(file: string): Promise<EngineThread> {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: file })
    const waiting = new Map<number, Waiting>()
    const schemaVersion = await new Promise<number>((resolve, reject) => {
      waiting.set(0, { resolve, reject })
      worker.on('error', (error) => reject(threadFailed(error)))
      worker.on('message', (message: FromWorker) => answer(waiting, message))
    }).catch(async (error) => {
      await worker.terminate()
      throw error
    })
    return new EngineThread(worker, waiting, schemaVersion)
  }

  private constructor(worker: Worker, waiting: Map<number, Waiting>, schemaVersion: number) {
    this.#worker = worker
    this.#waiting = waiting
    this.schemaVersion = schemaVersion
    worker.on('error', (error) => this.#end(threadFailed(error)))
    worker.on('exit', () => this.#end(threadFailed(new Error('the thread ended'))))
  }

  call<Name extends OperationName>(
    name: Name,
    ...args: Parameters<Operations[Name]>
  ): Promise<ReturnType<Operations[Name]>> {
    if (this.#gone) return Promise.reject(this.#gone)
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#send({ kind: 'call', id, name, args })
    })
  }

  /** Lets every call made so far finish, then closes the file. Later calls reject. */
  async close(): Promise<void> {
    if (this.#gone) return
    this.#gone = storeClosed()
    const exited = new Promise((resolve) => this.#worker.once('exit', resolve))
    this.#send({ kind: 'close' })
    await exited
  }

  #send(message: ToWorker): void {
    this.#worker.postMessage(message)
  }

  #end(error: StoreError): void {
    this.#gone ??= error
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}

function answer(waiting: Map<number, Waiting>, message: FromWorker): void {
  const id = message.kind === 'open' ? 0 : message.id
  const call = waiting.get(id)
  waiting.delete(id)
  if (message.kind === 'open') call?.resolve(message.schemaVersion as never)
  else if (message.kind === 'done') call?.resolve(message.result as never)
  else call?.reject(errorFrom(message.error))
}

function threadFailed(cause: Error): StoreError {
  return new StoreError('STORE-FAILED', `The store's thread failed: ${cause.message}; restart the process.`, {
    cause,
    effect: 'indefinite',
    retryable: false,
  })
}
