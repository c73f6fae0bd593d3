import { EnvironmentError } from '../../compose/component.ts'
import type { EventLog } from './events.ts'
import { faultFacts, faultWords, type PlannedFault } from './faults.ts'
import type { FaultAction, FaultKind, RunningTarget } from './target.ts'

const nothingToStrike = (kind: FaultKind) =>
  new EnvironmentError(
    'ENV-MISSING',
    `fault ${kind}`,
    'This target has nothing that it could strike.',
    faultFacts[kind].remedy ??
      'Engines given by an address are not ours to kill: let the lab start its own, or choose another fault.',
  )

interface Armed {
  readonly fault: PlannedFault
  readonly action: FaultAction
}

/** Strikes and undoes the planned faults on the profile's clock, and books them as events. */
export class FaultSchedule {
  readonly #armed: readonly Armed[]
  readonly #events: EventLog
  readonly #note: (text: string) => void
  readonly #timers: NodeJS.Timeout[] = []
  readonly #running = new Map<Armed, Promise<void>>()
  #over = false
  #wakeAll: () => void = () => {}
  readonly #ended = new Promise<void>((resolve) => {
    this.#wakeAll = resolve
  })

  /** Throws EnvironmentError when the target has nothing that a fault could strike. */
  constructor(
    faults: readonly PlannedFault[],
    target: Pick<RunningTarget, 'fault'>,
    events: EventLog,
    note: (text: string) => void,
  ) {
    this.#armed = faults.map((fault) => {
      const action = target.fault(fault.kind, fault.amount)
      if (action === null) throw nothingToStrike(fault.kind)
      return { fault, action }
    })
    this.#events = events
    this.#note = note
  }

  start(startUnixMs: number): void {
    for (const armed of this.#armed) {
      const waitMs = Math.max(0, startUnixMs + armed.fault.atMs - Date.now())
      this.#timers.push(setTimeout(() => this.#launch(armed, startUnixMs), waitMs))
    }
  }

  /** Undoes at once what is still in force. Resolves when every fault is over; rejects when one could not be undone. */
  async finish(): Promise<void> {
    this.#over = true
    for (const timer of this.#timers) clearTimeout(timer)
    this.#wakeAll()
    await Promise.all(this.#running.values())
  }

  #launch(armed: Armed, startUnixMs: number): void {
    const strike = this.#strikeInTurn(armed, startUnixMs)
    // `finish` is where its failure is told.
    strike.catch(() => undefined)
    this.#running.set(armed, strike)
  }

  /** What is still being brought back cannot be struck again: a fault waits for earlier ones of its kind. */
  async #strikeInTurn(armed: Armed, startUnixMs: number): Promise<void> {
    const earlier = [...this.#running].flatMap(([{ fault }, strike]) =>
      fault.kind === armed.fault.kind ? [strike] : [],
    )
    await Promise.allSettled(earlier)
    if (!this.#over) await this.#strike(armed, startUnixMs)
  }

  async #strike({ fault, action }: Armed, startUnixMs: number): Promise<void> {
    const sinceStart = () => (Date.now() - startUnixMs) / 1000
    const what = faultWords(fault)
    const event = this.#events.add({ tS: sinceStart(), kind: 'fault', what, planned: true })
    this.#note(`fault: ${what}`)
    await action.begin()
    await this.#wait(fault.forMs)
    await action.end()
    event.untilS = sinceStart()
    this.#note(`fault over: ${what}`)
  }

  async #wait(forMs: number): Promise<void> {
    if (this.#over) return
    let timer: NodeJS.Timeout | undefined
    const passed = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, forMs)
    })
    await Promise.race([passed, this.#ended])
    clearTimeout(timer)
  }
}
