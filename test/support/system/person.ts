import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { Client, type IMessage } from '@stomp/stompjs'
import type { MessageBody } from '../../../system/protocol/message-json.ts'

/** Somebody with an account who talks to a chat over REST and, unmodified, @stomp/stompjs. */
export class Person {
  readonly id: string
  readonly #url: string
  readonly #access: string
  readonly #events = new EventEmitter()
  #socket: Client | undefined

  constructor(url: string, id: string, access: string) {
    this.#url = url
    this.id = id
    this.#access = access
  }

  /** Signs up and logs in. */
  static async join(url: string, login: string): Promise<Person> {
    const user = { login, email: `${login}@example.org`, nickname: login, password: `password of ${login}` }
    await answer(await post(`${url}/v1/auth/signup`, user), 201)
    return Person.logIn(url, login)
  }

  static async logIn(url: string, login: string): Promise<Person> {
    const body = { login, password: `password of ${login}` }
    const { access, user } = (await answer(await post(`${url}/v1/auth/login`, body), 200)) as {
      access: string
      user: { id: string }
    }
    return new Person(url, user.id, access)
  }

  async newRoom(...members: Person[]): Promise<string> {
    const body = { kind: 'group', name: 'room', memberIds: members.map(({ id }) => id) }
    const room = await answer(await post(`${this.#url}/v1/rooms`, body, this.#access), 201)
    return (room as { id: string }).id
  }

  /** One page of what came after `seq`. */
  async page(roomId: string, seq: number): Promise<{ messages: MessageBody[]; caughtUp: boolean }> {
    const headers = { authorization: `Bearer ${this.#access}` }
    const response = await fetch(`${this.#url}/v1/rooms/${roomId}/messages?limit=200&after=${seq}`, { headers })
    return (await answer(response, 200)) as { messages: MessageBody[]; caughtUp: boolean }
  }

  /** Everything in the room, once the store has it. */
  async history(roomId: string): Promise<MessageBody[]> {
    for (let tries = 0; tries < 30; tries++) {
      const { messages, caughtUp } = await this.page(roomId, 0)
      if (caughtUp) return messages
    }
    throw new Error('the store does not catch up with the log')
  }

  async post(roomId: string, clientMessageId: string, body: string): Promise<{ id: string; seq: number }> {
    const url = `${this.#url}/v1/rooms/${roomId}/messages`
    const sent = await post(url, { clientMessageId, type: 'TALK', body }, this.#access)
    return (await answer(sent, 201)) as { id: string; seq: number }
  }

  /** Opens a socket at the gateway; `closed` resolves to the close code. */
  async connect(gatewayUrl = this.#url): Promise<{ closed: Promise<number> }> {
    const closed = Promise.withResolvers<number>()
    const connected = Promise.withResolvers<void>()
    const socket = new Client({
      brokerURL: `${gatewayUrl.replace('http', 'ws')}/ws`,
      connectHeaders: { Authorization: `Bearer ${this.#access}` },
      reconnectDelay: 0,
      onConnect: () => connected.resolve(),
      onStompError: (frame) => connected.reject(new Error(`${frame.headers.message} ${frame.body}`)),
      onWebSocketClose: (event: { code: number }) => {
        connected.reject(new Error(`closed with ${event.code}`))
        closed.resolve(event.code)
      },
    })
    socket.activate()
    this.#socket = socket
    await connected.promise
    return { closed: closed.promise }
  }

  /** Resolves when the gateway has taken the subscription; the array fills as MESSAGE frames come. */
  async subscribe(roomId: string): Promise<MessageBody[]> {
    const received: MessageBody[] = []
    const done = this.#receipt()
    this.#open.subscribe(
      `/topic/rooms/${roomId}`,
      (frame: IMessage) => {
        const body = JSON.parse(frame.body) as MessageBody & { event?: string }
        if (body.event !== undefined) return
        received.push(body)
        this.#events.emit('message')
      },
      { receipt: done.id },
    )
    await done.came
    return received
  }

  /** Resolves when the RECEIPT came: the message is durable. */
  async send(roomId: string, clientMessageId: string, body: string): Promise<void> {
    const done = this.#receipt()
    this.#open.publish({
      destination: `/app/rooms/${roomId}/send`,
      headers: { receipt: done.id },
      body: JSON.stringify({ clientMessageId, type: 'TALK', body }),
    })
    await done.came
  }

  /** Resolves when `received` has `count` messages. */
  async until(received: readonly MessageBody[], count: number): Promise<void> {
    const signal = AbortSignal.timeout(20_000)
    while (received.length < count) await once(this.#events, 'message', { signal })
  }

  async disconnect(): Promise<void> {
    await this.#socket?.deactivate()
  }

  get #open(): Client {
    assert.ok(this.#socket?.connected, 'connect first')
    return this.#socket
  }

  #receipt(): { id: string; came: Promise<void> } {
    const id = crypto.randomUUID()
    const came = Promise.withResolvers<void>()
    this.#open.watchForReceipt(id, () => came.resolve())
    return { id, came: came.promise }
  }
}

function post(url: string, body: unknown, access?: string): Promise<Response> {
  const authorization: Record<string, string> = access ? { authorization: `Bearer ${access}` } : {}
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization },
    body: JSON.stringify(body),
  })
}

async function answer(response: Response, status: number): Promise<unknown> {
  const body = await response.json()
  assert.equal(response.status, status, JSON.stringify(body))
  return body
}
