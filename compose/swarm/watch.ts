/** Follows the tasks of a stack: which serve now, and how each ends. */
import type { ProcessExit, RunningProcess } from '../component.ts'
import type { SwarmContext } from './context.ts'
import { lastLines } from './logs.ts'
import { isOver, isServing, listServices, listTasks, type Task } from './tasks.ts'

const pollMs = 500

class FollowedTask implements RunningProcess {
  readonly name: string
  readonly pid: number
  readonly logFile = ''
  readonly exited: Promise<ProcessExit>
  asked = false
  readonly #end = Promise.withResolvers<ProcessExit>()
  readonly #task: Task
  readonly #context: SwarmContext

  constructor(task: Task, context: SwarmContext) {
    this.name = `${task.service}.${task.slot}`
    this.pid = task.pid
    this.exited = this.#end.promise
    this.#task = task
    this.#context = context
  }

  /** SIGKILL to the container's first process: the Swarm starts another task by its restart policy. */
  kill(): void {
    this.asked = true
    void this.#container.kill({ signal: 'SIGKILL' }).catch(() => undefined)
  }

  async stop(graceMs = 10_000): Promise<void> {
    this.asked = true
    await this.#container.stop({ t: Math.ceil(graceMs / 1000) }).catch(() => undefined)
    await this.exited
  }

  lastLogLines(count: number): Promise<string[]> {
    return lastLines(this.#task.id, count, this.#context)
  }

  /** `last` is null when the Swarm has forgotten it. */
  end(last: Task | null): void {
    const code = last?.exitCode ?? null
    // 128 + signal is how a container tells of one.
    const signal = code === 137 ? 'SIGKILL' : code === 143 ? 'SIGTERM' : null
    const asked = this.asked || last === null || last.desiredState === 'shutdown' || last.desiredState === 'remove'
    // A task that fails is wished away by the Swarm itself, at once.
    this.#end.resolve({
      code: signal ? null : code,
      signal,
      asked: asked && last?.state !== 'failed' ? true : this.asked,
    })
  }

  get #container() {
    return this.#context.daemon.api.getContainer(this.#task.containerId)
  }
}

export class TaskWatch {
  readonly #stack: string
  readonly #context: SwarmContext
  readonly #onStart: (process: RunningProcess, task: Task) => void
  readonly #followed = new Map<string, FollowedTask>()
  #tasks: readonly Task[] = []
  #timer: NodeJS.Timeout | null = null
  #closed = false

  /** `onStart` is told of each task as it begins to serve. */
  constructor(stack: string, context: SwarmContext, onStart: (process: RunningProcess, task: Task) => void) {
    this.#stack = stack
    this.#context = context
    this.#onStart = onStart
  }

  /** Those that serve, as of half a second ago. */
  serving(service: string): readonly Task[] {
    return this.#tasks.filter((task) => task.service === service && isServing(task))
  }

  get tasks(): readonly Task[] {
    return this.#tasks
  }

  processOf(task: Task): RunningProcess | undefined {
    return this.#followed.get(task.id)
  }

  /** Those tasks may end, however they do: it was asked for. */
  expectEnds(which: (task: Task) => boolean): void {
    for (const task of this.#tasks.filter(which)) {
      const process = this.#followed.get(task.id)
      if (process !== undefined) process.asked = true
    }
  }

  /** Looks once, then every half second until it is closed. */
  async start(): Promise<void> {
    await this.#look()
    this.#schedule()
  }

  close(): void {
    this.#closed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  #schedule(): void {
    if (this.#closed) return
    this.#timer = setTimeout(() => {
      // A daemon that is busy answers the next time.
      void this.#look()
        .catch(() => undefined)
        .then(() => this.#schedule())
    }, pollMs)
    this.#timer.unref()
  }

  async #look(): Promise<void> {
    const services = await listServices(this.#context.daemon, this.#stack)
    this.#tasks = await listTasks(this.#context.daemon, this.#stack, services)
    const byId = new Map(this.#tasks.map((task) => [task.id, task]))
    for (const task of this.#tasks) if (isServing(task) && !this.#followed.has(task.id)) this.#follow(task)
    for (const [id, process] of this.#followed) {
      const task = byId.get(id) ?? null
      if (task === null || isOver(task)) process.end(task)
    }
  }

  #follow(task: Task): void {
    const process = new FollowedTask(task, this.#context)
    this.#followed.set(task.id, process)
    this.#onStart(process, task)
  }
}
