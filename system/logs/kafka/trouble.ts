import { LogError, type OnTrouble } from '../log.ts'

/** No broker holds a request this long, but for one to join a group whose members must all be heard first. */
const lateMs = 3_000

type Part = 'reading' | 'committing'

/** What keeps a reader from its work, told on as it comes; that all of it is over is told once. */
export class Trouble {
  readonly #tell: OnTrouble
  readonly #lasting = new Set<Part>()

  constructor(tell: OnTrouble = () => {}) {
    this.#tell = tell
  }

  tell(error: LogError, part: Part = 'reading'): void {
    this.#lasting.add(part)
    this.#tell(error)
  }

  /** Cheap to call for each answer. */
  over(part: Part = 'reading'): void {
    if (this.#lasting.delete(part) && this.#lasting.size === 0) this.#tell(undefined)
  }

  /** The same answer. A late one is trouble long before it has failed: a broker may stand still with its port open. */
  async awaited<Answer>(answer: Promise<Answer>, what: string): Promise<Answer> {
    const timer = setTimeout(() => this.tell(late(what)), lateMs).unref()
    try {
      return await answer
    } finally {
      clearTimeout(timer)
    }
  }
}

function late(what: string): LogError {
  return new LogError('LOG-TIMEOUT', `${what}: no answer for ${lateMs / 1000} s, still waiting.`, {
    effect: 'definite',
    retryable: true,
  })
}
