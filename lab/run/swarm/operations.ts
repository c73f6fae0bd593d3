import type { Task } from '../../../compose/swarm/tasks.ts'

const timeoutMs = 800

/** Asks single tasks of the system, through the operations port of the stack's edge. */
export class Operations {
  readonly #url: string
  readonly #token: string

  /** `url`: `http://host:port`. */
  constructor(url: string, token: string) {
    this.#url = url
    this.#token = token
  }

  get(task: Task, path: string, withinMs = timeoutMs): Promise<Response> {
    return fetch(this.#urlOf(task, path), { headers: this.#authorization, signal: AbortSignal.timeout(withinMs) })
  }

  /** Waits as long as it takes: a seed may be long. */
  post(task: Task, path: string, body: object): Promise<Response> {
    const headers = { 'content-type': 'application/json', ...this.#authorization }
    return fetch(this.#urlOf(task, path), { method: 'POST', headers, body: JSON.stringify(body) })
  }

  /** Null when the task does not answer in time. */
  async metrics(task: Task): Promise<string | null> {
    try {
      const answer = await this.get(task, '/metrics')
      return answer.ok ? await answer.text() : null
    } catch {
      return null
    }
  }

  get #authorization() {
    return { authorization: `Bearer ${this.#token}` }
  }

  #urlOf({ addresses }: Task, path: string): string {
    return `${this.#url}/tasks/${addresses.app}${path}`
  }
}
