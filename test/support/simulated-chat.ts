import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { crc32 } from 'node:zlib'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Crowd, RunningTarget, TargetSystem } from '../../lab/run/target.ts'

/** What the simulated chat does wrong: every n-th message, 0 = never. */
export interface Behaviour {
  /** How long every message takes from SEND to RECEIPT and MESSAGE. */
  readonly delayMs: number
  /** Acked, delivered, never stored. */
  readonly loseEvery: number
  /** Acked, stored and shown by the history, the second member gets nothing; the room's next messages show him the gap. */
  readonly skipEvery: number
  /** The third member gets it twice. */
  readonly duplicateEvery: number
  /** The first member gets it after the room's next message. */
  readonly swapEvery: number
  /** Comes back with another text, stored as sent. */
  readonly corruptEvery: number
  /** Two rows in the store. */
  readonly storeTwiceEvery: number
  /** Never acked, delivered, stored. */
  readonly ignoreEvery: number
  /** Nothing moves between these two instants after the first SEND. */
  readonly stall: { readonly fromMs: number; readonly forMs: number } | null
}

export const wellBehaved: Behaviour = {
  delayMs: 0,
  loseEvery: 0,
  skipEvery: 0,
  duplicateEvery: 0,
  swapEvery: 0,
  corruptEvery: 0,
  storeTwiceEvery: 0,
  ignoreEvery: 0,
  stall: null,
}

interface Row {
  readonly roomId: string
  readonly seq: number
  readonly clientMessageId: string
  readonly bodyCrc32: number
}

/** A message as the socket and the history show it. */
interface Message {
  readonly seq: number
  readonly prevSeq: number
  readonly clientMessageId: string
  readonly body: string
}

interface Room {
  seq: number
  /** What was stored, by rising seq. */
  readonly history: Message[]
  /** MESSAGE text that one member still has to get, after the next one. */
  held: string | null
  readonly receivers: { readonly socket: WebSocket; readonly subscription: string }[]
}

const maxPageRows = 200

/** What was really done wrong, to be found by the lab. */
export type Planted = Record<
  'lost' | 'skipped' | 'duplicated' | 'swapped' | 'corrupted' | 'storedTwice' | 'ignored',
  number
>

/**
 * A chat with one room map, no authorisation and known faults: a stand-in for the system under test, for tests of the
 * lab and its generator only. Speaks just enough STOMP 1.2 over WebSocket.
 */
export class SimulatedChat implements TargetSystem {
  readonly backend = 'simulated'
  readonly planted: Planted = {
    lost: 0,
    skipped: 0,
    duplicated: 0,
    swapped: 0,
    corrupted: 0,
    storedTwice: 0,
    ignored: 0,
  }
  readonly #behaviour: Behaviour
  readonly #rows: Row[] = []
  readonly #rooms = new Map<string, Room>()
  readonly #server: Server
  readonly #sockets: WebSocketServer
  readonly #skipped = new Set<string>()
  readonly #handedOut = new Set<string>()
  #sends = 0
  #firstSendMs = 0

  constructor(behaviour: Partial<Behaviour> = {}) {
    this.#behaviour = { ...wellBehaved, ...behaviour }
    this.#server = createServer(({ url }, response) => {
      const page = this.#history(new URL(url!, 'http://localhost'))
      response.setHeader('content-type', 'application/json').end(JSON.stringify(page))
    })
    this.#sockets = new WebSocketServer({ server: this.#server, handleProtocols: () => 'v12.stomp' })
    this.#sockets.on('connection', (socket) => {
      socket.on('message', (data) => this.#frame(socket, data.toString()))
    })
  }

  /** Swapped messages whose room has seen no next message: their first member still waits. */
  get heldBack(): number {
    return [...this.#rooms.values()].filter((room) => room.held !== null).length
  }

  /** Skipped messages that somebody has got from the history since: a later one showed the gap. */
  get skipsHandedOut(): number {
    return this.#handedOut.size
  }

  async start(): Promise<RunningTarget> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    const { port } = this.#server.address() as AddressInfo
    return {
      description: {
        title: 'simulated@0, Simulated 1',
        backend: 'simulated',
        edition: 'simulated',
        pipeline: 'none',
        fanout: 'memory',
        schemaVersion: null,
        engines: [],
        compatibleFlags: [],
        processes: [],
      },
      gateways: [`ws://127.0.0.1:${port}/ws`],
      api: `http://127.0.0.1:${port}`,
      components: [],
      versions: {},
      seed: async (crowd) => this.#seed(crowd),
      backlog: async () => 0,
      eventLoopP99Us: async () => null,
      fault: () => null,
      quiesce: async () => {},
      openAudit: async () => ({
        name: 'simulated rows',
        read: async (onRows) => {
          onRows(this.#rows)
          return { rows: this.#rows.length }
        },
        close: async () => {},
      }),
      close: () => this.#close(),
    }
  }

  async #close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate()
    this.#sockets.close()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #seed({ users, rooms }: Crowd) {
    rooms.forEach((_, i) => {
      this.#rooms.set(`room-${i}`, { seq: 0, history: [], held: null, receivers: [] })
    })
    return {
      users: Array.from({ length: users }, (_, i) => ({ id: `user-${i}`, token: `token-${i}` })),
      rooms: rooms.map((members, i) => ({ id: `room-${i}`, members: [...members] })),
    }
  }

  #history(url: URL) {
    const after = Number(url.searchParams.get('after'))
    const limit = Math.min(Number(url.searchParams.get('limit')), maxPageRows)
    const stored = this.#rooms.get(url.pathname.split('/')[3]!)!.history
    const messages = stored.filter(({ seq }) => seq > after).slice(0, limit)
    for (const { clientMessageId } of messages)
      if (this.#skipped.has(clientMessageId)) this.#handedOut.add(clientMessageId)
    return { messages, nextAfter: messages.length === limit ? messages.at(-1)?.seq : undefined, caughtUp: true }
  }

  #frame(socket: WebSocket, text: string): void {
    const end = text.indexOf('\n\n')
    if (end < 0) return
    const [command, ...lines] = text.slice(0, end).split('\n')
    const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]))
    const receipt = headers.get('receipt')
    if (command === 'CONNECT') socket.send('CONNECTED\nversion:1.2\nheart-beat:0,0\n\n\0')
    if (command === 'SUBSCRIBE') {
      const room = this.#rooms.get(headers.get('destination')!.replace('/topic/rooms/', ''))
      room?.receivers.push({ socket, subscription: headers.get('id')! })
      socket.send(`RECEIPT\nreceipt-id:${receipt}\n\n\0`)
    }
    if (command === 'SEND') {
      const roomId = headers.get('destination')!.split('/')[3]!
      this.#take(socket, roomId, receipt!, JSON.parse(text.slice(end + 2, text.lastIndexOf('\0'))))
    }
  }

  #take(socket: WebSocket, roomId: string, receipt: string, sent: { clientMessageId: string; body: string }): void {
    const now = Date.now()
    if (this.#sends === 0) this.#firstSendMs = now
    const index = ++this.#sends
    setTimeout(() => this.#handle(index, socket, roomId, receipt, sent), this.#delay(now - this.#firstSendMs))
  }

  #delay(sinceFirstMs: number): number {
    const { stall, delayMs } = this.#behaviour
    if (stall === null || sinceFirstMs < stall.fromMs || sinceFirstMs >= stall.fromMs + stall.forMs) return delayMs
    return stall.fromMs + stall.forMs - sinceFirstMs + delayMs
  }

  #handle(
    index: number,
    socket: WebSocket,
    roomId: string,
    receipt: string,
    sent: { clientMessageId: string; body: string },
  ): void {
    const room = this.#rooms.get(roomId)!
    const { clientMessageId, body } = sent
    const message = { clientMessageId, body, prevSeq: room.seq, seq: ++room.seq }
    this.#store(index, room, roomId, message)
    if (this.#hits(index, 'ignoreEvery', 'ignored')) socket.send(`MESSAGE\nsubscription:none\nmessage-id:0\n\n{}\0`)
    else socket.send(`RECEIPT\nreceipt-id:${receipt}\n\n\0`)
    this.#deliver(index, room, message)
  }

  #store(index: number, room: Room, roomId: string, message: Message): void {
    if (this.#hits(index, 'loseEvery', 'lost')) return
    const { seq, clientMessageId, body } = message
    const row = { roomId, seq, clientMessageId, bodyCrc32: crc32(body) }
    room.history.push(message)
    this.#rows.push(row)
    if (this.#hits(index, 'storeTwiceEvery', 'storedTwice')) this.#rows.push({ ...row, seq: row.seq + 1_000_000 })
  }

  #deliver(index: number, room: Room, message: Message): void {
    const body = this.#hits(index, 'corruptEvery', 'corrupted') ? `${message.body}!` : message.body
    const json = JSON.stringify({ ...message, body })
    const skipped = this.#hits(index, 'skipEvery', 'skipped')
    if (skipped) this.#skipped.add(message.clientMessageId)
    const doubled = this.#hits(index, 'duplicateEvery', 'duplicated')
    const owed = room.held
    room.held = null
    // The one who waits for a swapped message must get this one first, so two swaps never follow each other.
    const swapped = owed === null && this.#hits(index, 'swapEvery', 'swapped')
    if (swapped) room.held = json
    room.receivers.forEach(({ socket, subscription }, member) => {
      const frame = (text: string) => `MESSAGE\nsubscription:${subscription}\nmessage-id:${index}\n\n${text}\0`
      const texts = (member === 0 && swapped) || (member === 1 && skipped) ? [] : [json]
      if (member === 2 && doubled) texts.push(json)
      if (member === 0 && owed !== null) texts.push(owed)
      for (const text of texts) socket.send(frame(text))
    })
  }

  #hits(index: number, fault: keyof Behaviour, planted: keyof Planted): boolean {
    const every = this.#behaviour[fault] as number
    if (every === 0 || index % every !== 0) return false
    this.planted[planted]++
    return true
  }
}
