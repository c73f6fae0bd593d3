import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { RigUser } from './rig.ts'

export interface ReadFrame {
  readonly command: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A STOMP client that does only what it is told, with a frame reader of its own. */
export class RawClient {
  readonly ws: WebSocket
  readonly #frames: ReadFrame[] = []
  readonly #waiting: ((frame: ReadFrame) => void)[] = []
  /** Heart-beats read: messages that are a single line end. */
  beats = 0
  /** Code of the close frame, once closed. */
  readonly closed: Promise<number>

  static async open(url: string, options: { protocols?: string[]; headers?: Record<string, string> } = {}) {
    const client = new RawClient(new WebSocket(url, options.protocols ?? ['v12.stomp'], { headers: options.headers }))
    await once(client.ws, 'open')
    return client
  }

  /** Opens, connects and waits for CONNECTED. */
  static async login(url: string, user: RigUser, headers: Record<string, string> = {}): Promise<RawClient> {
    const client = await RawClient.open(url)
    client.connect(user, headers)
    await client.expect('CONNECTED')
    return client
  }

  private constructor(ws: WebSocket) {
    this.ws = ws
    this.closed = new Promise((resolve) => ws.on('close', resolve))
    ws.on('message', (data: Buffer) => this.#read(data.toString()))
    ws.on('error', () => undefined)
  }

  connect(user: RigUser, headers: Record<string, string> = {}): void {
    this.frame('CONNECT', {
      'accept-version': '1.2',
      host: '/',
      Authorization: `Bearer ${user.token}`,
      ...headers,
    })
  }

  frame(command: string, headers: Record<string, string | undefined> = {}, body = ''): void {
    this.ws.send(frameText(command, headers, body))
  }

  send(roomId: string, payload: object, receipt?: string): void {
    this.frame('SEND', { destination: `/app/rooms/${roomId}/send`, receipt }, JSON.stringify(payload))
  }

  /** Subscribes and waits for the receipt. */
  async subscribe(id: string, destination: string): Promise<void> {
    this.frame('SUBSCRIBE', { id, destination, receipt: `subscribed-${id}` })
    const frame = await this.next()
    if (frame.headers['receipt-id'] !== `subscribed-${id}`) throw new Error(`no receipt: ${JSON.stringify(frame)}`)
  }

  next(): Promise<ReadFrame> {
    const frame = this.#frames.shift()
    if (frame !== undefined) return Promise.resolve(frame)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  async expect(command: string): Promise<ReadFrame> {
    const frame = await this.next()
    if (frame.command !== command) throw new Error(`expected ${command}, got ${JSON.stringify(frame)}`)
    return frame
  }

  /** Frames read and not taken yet. */
  get unread(): readonly ReadFrame[] {
    return this.#frames
  }

  close(): void {
    this.ws.terminate()
  }

  #read(text: string): void {
    if (text === '\n') {
      this.beats++
      return
    }
    const frame = readFrame(text)
    const waiting = this.#waiting.shift()
    if (waiting) waiting(frame)
    else this.#frames.push(frame)
  }
}

export function frameText(command: string, headers: Record<string, string | undefined>, body = ''): string {
  const lines = Object.entries(headers).filter(([, value]) => value !== undefined)
  return `${command}\n${lines.map(([name, value]) => `${name}:${value}\n`).join('')}\n${body}\0`
}

export function readFrame(text: string): ReadFrame {
  const end = text.indexOf('\n\n')
  const [command = '', ...lines] = text.slice(0, end).split('\n')
  const headers: Record<string, string> = {}
  for (const line of lines) headers[line.slice(0, line.indexOf(':'))] ??= line.slice(line.indexOf(':') + 1)
  return { command, headers, body: text.slice(end + 2, text.lastIndexOf('\0')) }
}
