import { parentPort, workerData } from 'node:worker_threads'
import { Engine, type OperationName, readNames } from './engine.ts'
import { errorRecord } from './errors.ts'
import { Lane } from './lane.ts'
import { type FromWorker, patience, type ToWorker } from './wire.ts'

/** The thread that owns the file: fsync and lock waits happen here, away from the gateway's event loop. */
const port = parentPort!
const now = () => performance.now()
const reads = new Lane(patience, now)
const writes = new Lane(patience, now)
let engine: Engine | undefined

function send(message: FromWorker): void {
  port.postMessage(message)
}

/** Opening is a job too: a file that another process is migrating is busy for a while. */
writes.submit({
  run() {
    engine = new Engine(workerData as string)
    send({ kind: 'open', schemaVersion: engine.schemaVersion })
    port.on('message', take)
  },
  fail(error) {
    send({ kind: 'failed', id: 0, error: errorRecord(error, 'definite') })
  },
})

function take(message: ToWorker): void {
  if (message.kind === 'close') void close()
  else (readNames.has(message.name) ? reads : writes).submit(jobFor(message.id, message.name, message.args))
}

function jobFor(id: number, name: OperationName, args: readonly unknown[]) {
  return {
    run() {
      const operation = engine!.operations[name] as (...given: readonly unknown[]) => unknown
      send({ kind: 'done', id, result: operation(...args) })
    },
    fail(error: unknown) {
      send({ kind: 'failed', id, error: errorRecord(error, 'definite') })
    },
  }
}

async function close(): Promise<void> {
  await Promise.all([reads.idle(), writes.idle()])
  engine?.close()
  port.close()
}
