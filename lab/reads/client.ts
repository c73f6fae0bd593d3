import { Agent, get } from 'node:http'
import type { PlannedRead } from './plan.ts'

/** Requests under way at once; what is due beyond them waits for a connection, and the wait counts. */
const connections = 64

/** Asks the chat's REST interface over kept-alive connections. */
export class ReadClient {
  readonly #api: string
  readonly #agent = new Agent({ keepAlive: true, maxSockets: connections })

  constructor(api: string) {
    this.#api = api
  }

  /** Resolves to null when the answer was right, else to a code that says what was wrong. Never rejects. */
  ask(read: PlannedRead, timeoutMs: number): Promise<string | null> {
    return new Promise((resolve) => {
      const headers = { authorization: `Bearer ${read.token}` }
      const signal = AbortSignal.timeout(Math.max(1, Math.round(timeoutMs)))
      const failed = () => resolve(signal.aborted ? 'TIMEOUT' : 'CONNECTION')
      const request = get(`${this.#api}${read.path}`, { agent: this.#agent, headers, signal }, (answer) => {
        const parts: Buffer[] = []
        answer.on('data', (part: Buffer) => parts.push(part))
        answer.on('error', failed)
        answer.on('end', () => {
          if (answer.statusCode !== 200) resolve(`HTTP-${answer.statusCode}`)
          else resolve(isRight(read, Buffer.concat(parts).toString()) ? null : 'WRONG-ROWS')
        })
      })
      request.on('error', failed)
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}

function isRight({ kind, rows, beforeSeq }: PlannedRead, text: string): boolean {
  try {
    const answer = JSON.parse(text) as { messages?: { seq: number }[]; rooms?: unknown[] }
    if (kind === 'roomList') return answer.rooms!.length >= rows
    const seqs = answer.messages!.map(({ seq }) => seq)
    if (!seqs.every((seq, i) => i === 0 || seq < seqs[i - 1]!)) return false
    return beforeSeq === null ? seqs.length >= rows : seqs.length === rows && seqs[0]! < beforeSeq
  } catch {
    return false
  }
}
