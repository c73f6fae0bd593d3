import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { EnvironmentError } from '../../compose/component.ts'

const timeoutMs = 5_000
const againMs = 300

export interface Addresses {
  /** `http://host:port`. */
  readonly api: string
  /** `ws://host:port/ws`. */
  readonly socket: string
  /** `http://host:port`, of the operations port. */
  readonly operations: string
}

/**
 * A user signs up, logs in over REST, and gets CONNECTED over STOMP, all through the edge: tried again until it works,
 * for the edge hears of tasks a second after they are healthy. Leaves that user behind. Rejects with ENV-START.
 */
export async function probeChat(addresses: Addresses, withinMs: number, signal: AbortSignal): Promise<void> {
  for (const deadlineMs = Date.now() + withinMs; ; ) {
    signal.throwIfAborted()
    try {
      await connect(addresses.socket, await token(addresses.api))
      return
    } catch (error) {
      if (Date.now() > deadlineMs) throw unreachable(addresses, error as Error)
      await delay(againMs, undefined, { signal })
    }
  }
}

async function token(api: string): Promise<string> {
  const login = `probe-${randomBytes(6).toString('hex')}`
  const password = randomBytes(12).toString('hex')
  await post(`${api}/v1/auth/signup`, { login, password, nickname: 'Probe', email: `${login}@chat.invalid` })
  return ((await post(`${api}/v1/auth/login`, { login, password })) as { access: string }).access
}

async function post(url: string, body: object): Promise<unknown> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(timeoutMs),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`POST ${new URL(url).pathname} answered ${answer.status}: ${text.slice(0, 200)}`)
  return JSON.parse(text)
}

async function connect(address: string, access: string): Promise<void> {
  const socket = new WebSocket(address, ['v12.stomp'], { handshakeTimeout: timeoutMs })
  try {
    const signal = AbortSignal.timeout(timeoutMs)
    await once(socket, 'open', { signal })
    const answered = once(socket, 'message', { signal })
    socket.send(`CONNECT\naccept-version:1.2\nhost:chat\nheart-beat:0,0\nAuthorization:Bearer ${access}\n\n\0`)
    const [frame] = await answered
    if (!`${frame}`.startsWith('CONNECTED\n')) throw new Error(`CONNECT was answered by ${`${frame}`.split('\n', 1)}`)
  } finally {
    socket.terminate()
  }
}

function unreachable({ api, socket }: Addresses, cause: Error): EnvironmentError {
  const text = `All services are healthy, but a client at ${api} and ${socket} is not served: ${cause.message}`
  const remedy = 'See `npm run stack -- logs edge` and `npm run stack -- status`.'
  return new EnvironmentError('ENV-START', 'edge', text, remedy, [], { cause })
}
