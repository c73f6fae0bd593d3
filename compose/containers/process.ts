/** One start of a container, as the lab sees a process: its log, its end, how it is ended. */
import type { FileHandle } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type Dockerode from 'dockerode'
import type { ProcessExit, RunningProcess } from '../component.ts'
import { lastLines, redact } from '../native/logs.ts'
import { openLog } from '../native/spawn.ts'

const DEFAULT_GRACE_MS = 15_000
/** What a container's exit code is when a signal ended its first process. */
const BY_SIGNAL = 128
const SIGNALS: Readonly<Record<number, NodeJS.Signals>> = { 6: 'SIGABRT', 9: 'SIGKILL', 11: 'SIGSEGV', 15: 'SIGTERM' }

export interface WatchOptions {
  readonly name: string
  readonly logDir: string
  readonly secrets: () => readonly string[]
}

export class ContainerProcess implements RunningProcess {
  readonly name: string
  readonly logFile: string
  readonly exited: Promise<ProcessExit>
  readonly #container: Dockerode.Container
  readonly #secrets: () => readonly string[]
  #pid = 0
  #asked = false
  #paused = false

  private constructor(container: Dockerode.Container, options: WatchOptions, logFile: string, end: Promise<number>) {
    this.#container = container
    this.name = options.name
    this.logFile = logFile
    this.#secrets = options.secrets
    this.exited = end.then((status) => {
      const signal = SIGNALS[status - BY_SIGNAL] ?? null
      return { code: signal === null ? status : null, signal, asked: this.#asked }
    })
  }

  /** Listens to a container that is about to start: nothing of its output and no end of it can be missed. */
  static async watch(container: Dockerode.Container, options: WatchOptions): Promise<ContainerProcess> {
    const { file, handle } = await openLog(options.logDir, options.name)
    const output = await container.attach({ stream: true, stdout: true, stderr: true }).catch(async (error) => {
      await handle.close()
      throw error
    })
    const written = writeOutput(container, output, handle)
    const end = container
      .wait({ condition: 'next-exit' })
      .then(({ StatusCode }: { StatusCode: number }) => StatusCode)
      // The daemon ended, or the container was removed before it had run.
      .catch(() => BY_SIGNAL + 9)
    // The last words are in the log when the end is told.
    const settled = end.then(async (status) => {
      await Promise.race([written, delay(1_000, undefined, { ref: false })])
      return status
    })
    return new ContainerProcess(container, options, file, settled)
  }

  /** Of its first process, as the daemon's machine counts; 0 before the start. */
  get pid(): number {
    return this.#pid
  }

  /** Asks who it is; legal once it was started. */
  async started(): Promise<void> {
    const { State } = await this.#container.inspect()
    this.#pid = State.Pid
  }

  async stop(graceMs: number = DEFAULT_GRACE_MS): Promise<void> {
    this.#asked = true
    await this.resume()
    // 304: it has ended already; 404: it was removed.
    await this.#container.stop({ t: Math.ceil(graceMs / 1000) }).catch(unless(304, 404))
    await this.exited
  }

  kill(): void {
    this.#asked = true
    void this.#container.kill({ signal: 'SIGKILL' }).catch(() => undefined)
  }

  async pause(): Promise<void> {
    await this.#container.pause()
    this.#paused = true
  }

  async resume(): Promise<void> {
    if (!this.#paused) return
    this.#paused = false
    await this.#container.unpause().catch(unless(404, 409, 500))
  }

  async lastLogLines(count: number): Promise<string[]> {
    return (await lastLines(this.logFile, count)).map((line) => redact(line, this.#secrets()))
  }
}

/** Both streams of its output into one file, in the order they come. Resolves when both have ended. */
async function writeOutput(container: Dockerode.Container, output: NodeJS.ReadWriteStream, handle: FileHandle) {
  const file = handle.createWriteStream()
  const ended = new Promise<void>((resolve) => file.once('close', resolve))
  const close = () => void file.end()
  output.once('end', close).once('close', close).once('error', close)
  // A full disk ends the copy; the container says so itself.
  file.on('error', () => undefined)
  container.modem.demuxStream(output, file, file)
  await ended
}

/** Lets the daemon's answers with these codes pass. */
export const unless =
  (...codes: readonly number[]) =>
  (error: { statusCode?: number }): void => {
    if (!codes.includes(error.statusCode ?? 0)) throw error
  }
