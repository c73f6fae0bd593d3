import assert from 'node:assert/strict'
import { scryptSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { Registry } from 'prom-client'
import { noCache } from '../../../system/caches/none.ts'
import type { Edition, Knobs } from '../../../system/editions/edition.ts'
import { editions } from '../../../system/editions/index.ts'
import type { Fanout } from '../../../system/fanouts/fanout.ts'
import { StoreFirst } from '../../../system/pipelines/store-first.ts'
import type { Signal } from '../../../system/protocol/message.ts'
import { startApi } from '../../../system/roles/api/api.ts'
import { createTokens } from '../../../system/roles/jwt.ts'
import type { RoleContext } from '../../../system/roles/role.ts'
import { SqliteStore } from '../../../system/stores/sqlite/store.ts'
import type { Store } from '../../../system/stores/store.ts'
import { createLogger } from '../../../system/wiring/logger.ts'

export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: what a route answers is what its test asserts
  readonly body: any
  readonly headers: Headers
}

/** The API role over a real SQLite file and a loopback server, with its signals and its log recorded. */
export interface TestApi {
  readonly url: string
  readonly context: RoleContext
  readonly signals: Signal[]
  /** Everything the role has logged. */
  logged(): string
  call(method: string, path: string, options?: { token?: string; body?: unknown }): Promise<Answer>
  /** Written past the role, with a token and a password as of `signUp`, whose hash alone costs nothing. */
  newUser(login: string): Promise<{ id: string; access: string }>
  /** Signs a user up and in. */
  signUp(login: string): Promise<{ id: string; access: string; refresh: string }>
  drain(): Promise<void>
  close(): Promise<void>
}

export async function startTestApi(knobs: Partial<Knobs> = {}): Promise<TestApi> {
  const folder = mkdtempSync(join(tmpdir(), 'chat-api-test-'))
  const store = await SqliteStore.open(join(folder, 'chat.db'))
  const signals: Signal[] = []
  const log: string[] = []
  const context = await contextOver(
    store,
    { ...editions.sqlite, knobs: { ...editions.sqlite.knobs, ...knobs } },
    signals,
    log,
  )
  const server = createServer()
  const api = await startApi(context, server, { unready: async () => [], metrics: context.metrics })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const call: TestApi['call'] = async (method, path, { token, body } = {}) => {
    const headers: Record<string, string> = {}
    if (token) headers.authorization = `Bearer ${token}`
    if (body !== undefined) headers['content-type'] = 'application/json'
    const payload = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
    const response = await fetch(url + path, { method, headers, body: payload })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json')
    return { status: response.status, body: isJson ? JSON.parse(text) : text, headers: response.headers }
  }
  return {
    url,
    context,
    signals,
    logged: () => log.join(''),
    call,
    newUser: async (login) => {
      const user = { id: `id-${login}`, login, email: `${login}@example.org`, nickname: `nick ${login}` }
      await store.directory.addUser({
        ...user,
        passwordHash: cheapHash(`password of ${login}`),
        createdAtMs: Date.now(),
      })
      return { id: user.id, access: await context.tokens.sign(user, 3_600_000) }
    },
    signUp: async (login) => {
      const user = { login, email: `${login}@example.org`, nickname: `nick ${login}`, password: `password of ${login}` }
      const { body } = await call('POST', '/v1/auth/signup', { body: user })
      const loggedIn = await call('POST', '/v1/auth/login', { body: { login, password: user.password } })
      assert.equal(loggedIn.status, 200)
      return { id: body.id, access: loggedIn.body.access, refresh: loggedIn.body.refresh }
    },
    drain: () => api.drain(5_000),
    close: async () => {
      await api.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await store.close()
      rmSync(folder, { recursive: true })
    },
  }
}

/** A hash says what it cost: this one is read like any, and is no slow one by design. */
function cheapHash(password: string): string {
  const salt = Buffer.from('salt')
  const key = scryptSync(password, salt, 32, { N: 16, r: 8, p: 1 })
  return `scrypt$16$8$1$${salt.toString('base64url')}$${key.toString('base64url')}`
}

async function contextOver(store: Store, edition: Edition, signals: Signal[], log: string[]): Promise<RoleContext> {
  const sink = new Writable({
    write: (chunk, _encoding, done) => {
      log.push(String(chunk))
      done()
    },
  })
  const fanout = recordingFanout(signals)
  return {
    edition,
    nodeId: 'test',
    store,
    log: undefined,
    fanout,
    redis: undefined,
    cache: noCache,
    pipeline: new StoreFirst({ store, fanout, lingerMs: 0 }),
    tokens: await createTokens('a secret of at least thirty-two bytes'),
    metrics: new Registry(),
    logger: createLogger(sink),
  }
}

function recordingFanout(signals: Signal[]): Fanout {
  return {
    guarantees: { source: 'published', crossProcess: false },
    subscribe: () => Promise.reject(new Error('the API subscribes to nothing')),
    publish: () => {},
    signal: async (sent) => void signals.push(...sent),
    follow: () => undefined,
    unfollow: () => {},
    lastSeq: () => undefined,
    unready: () => [],
    close: async () => {},
  }
}
