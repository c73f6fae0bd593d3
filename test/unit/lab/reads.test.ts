import assert from 'node:assert/strict'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, describe, test } from 'node:test'
import fc from 'fast-check'
import { phaseSpans } from '../../../lab/judge/phases.ts'
import { ReadClient } from '../../../lab/reads/client.ts'
import { type PlannedRead, pageRows, ReadPlan } from '../../../lab/reads/plan.ts'
import { HistoryReads } from '../../../lab/reads/reads.ts'
import type { Fleet } from '../../../scenarios/plan.ts'
import type { Segment } from '../../../scenarios/profiles.ts'

const fleet = (historySeq: number): Fleet => ({
  users: Array.from({ length: 6 }, (_, i) => ({ id: `u${i}`, token: `token-${i}` })),
  rooms: [0, 1, 2].map((room) => ({ id: `room-${room}`, members: [2 * room, 2 * room + 1], historySeq })),
})
const segment = (phase: Segment['phase'], durationMs: number): Segment => ({
  phase,
  durationMs,
  fromRate: 1,
  toRate: 1,
})
const spans = phaseSpans([segment('warm-up', 2_000), segment('base', 3_000), segment('hold', 4_000)])

describe('the plan of reads', () => {
  const all = (plan: ReadPlan) => Array.from({ length: plan.count }, (_, j) => plan.at(j))

  test('is absolute, spans the measured phases and asks the kinds in turn', () => {
    const reads = all(new ReadPlan(fleet(500), spans, 20, 1))
    assert.equal(reads.length, 140)
    reads.forEach(({ dueMs }, j) => {
      assert.ok(Math.abs(dueMs - (2_000 + 50 * j)) < 1e-6)
    })
    assert.deepEqual(
      reads.slice(0, 4).map(({ kind }) => kind),
      ['firstPage', 'deepPage', 'roomList', 'firstPage'],
    )
  })

  test('every deep page is a whole one within the history, wherever it begins', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 0, max: 2 ** 31 }), (historySeq, seed) => {
        for (const { kind, rows, beforeSeq } of all(new ReadPlan(fleet(historySeq), spans, 10, seed))) {
          if (kind !== 'deepPage') continue
          assert.equal(rows, Math.min(pageRows, historySeq))
          assert.ok(beforeSeq! - rows >= 1 && beforeSeq! <= historySeq + 1, `${beforeSeq} of ${historySeq}`)
        }
      }),
    )
  })

  test('who asks is a member of the room, and all rooms have their turn', () => {
    const reads = all(new ReadPlan(fleet(500), spans, 100, 3)).filter(({ kind }) => kind === 'firstPage')
    const rooms = new Map<string, number>()
    for (const { path, token } of reads) {
      const room = /room-(\d)/.exec(path)![1]!
      rooms.set(room, (rooms.get(room) ?? 0) + 1)
      assert.equal(Math.floor(Number(token.slice('token-'.length)) / 2), Number(room))
    }
    assert.deepEqual([...rooms.keys()].sort(), ['0', '1', '2'])
    assert.ok([...rooms.values()].every((count) => count > reads.length / 6))
    assert.equal(new Set(reads.map(({ token }) => token)).size, 6)
  })

  test('a seed repeats it, another changes it', () => {
    const paths = (seed: number) => all(new ReadPlan(fleet(500), spans, 20, seed)).map(({ path }) => path)
    assert.deepEqual(paths(1), paths(1))
    assert.notDeepEqual(paths(1), paths(2))
  })
})

describe('an answer', () => {
  let answer: (response: ServerResponse) => void = () => {}
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.headers.authorization} ${request.url}`)
    answer(response)
  })
  const ready = new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  after(() => server.close())
  const rows = (...seqs: number[]) => JSON.stringify({ messages: seqs.map((seq) => ({ seq })) })
  const page = { dueMs: 0, path: '/v1/rooms/r/messages', token: 't', kind: 'deepPage', rows: 2, beforeSeq: 9 } as const

  const ask = async (text: string, status = 200, change: Partial<PlannedRead> = {}) => {
    await ready
    answer = (response) => response.writeHead(status).end(text)
    const client = new ReadClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    try {
      return await client.ask({ ...page, ...change }, 5_000)
    } finally {
      client.close()
    }
  }

  test('is right only with the rows it must have', async () => {
    assert.equal(await ask(rows(8, 7)), null)
    assert.equal(asked.at(-1), 'Bearer t /v1/rooms/r/messages')
    for (const wrong of [rows(8), rows(8, 7, 6), rows(9, 8), rows(7, 8), '{}', 'no json'])
      assert.equal(await ask(wrong), 'WRONG-ROWS', wrong)
    const first = { kind: 'firstPage', beforeSeq: null } as const
    assert.deepEqual([await ask(rows(90, 80, 7), 200, first), await ask(rows(90), 200, first)], [null, 'WRONG-ROWS'])
    const list = { kind: 'roomList', rows: 1, beforeSeq: null } as const
    assert.deepEqual(
      [await ask('{"rooms":[{}]}', 200, list), await ask('{"rooms":[]}', 200, list)],
      [null, 'WRONG-ROWS'],
    )
  })

  test('that is refused, cut or never comes is an error with a code, and nothing is thrown', async () => {
    assert.equal(await ask('{}', 503), 'HTTP-503')
    const client = new ReadClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    answer = (response) => response.writeHead(200, { 'content-length': '10' }).write('{')
    assert.equal(await client.ask(page, 50), 'TIMEOUT')
    answer = () => {}
    assert.equal(await client.ask(page, 50), 'TIMEOUT')
    answer = (response) => response.destroy()
    assert.equal(await client.ask(page, 5_000), 'CONNECTION')
    client.close()
    assert.equal(await new ReadClient('http://127.0.0.1:1').ask(page, 5_000), 'CONNECTION')
  })
})

describe('reading while the load runs', () => {
  const second = phaseSpans([segment('hold', 1_000)])

  test('an answer that takes its time neither holds up the next read nor hides its own wait', async () => {
    const gate = Promise.withResolvers<void>()
    let asked = 0
    const client = {
      ask: async () => {
        if (++asked === 30) gate.resolve()
        await gate.promise
        return null
      },
      close: () => {},
    }
    const reads = new HistoryReads(new ReadPlan(fleet(100), second, 30, 1), 30, client)
    reads.start(Date.now() + 20)
    await gate.promise
    const { kinds, lateness } = await reads.finish()
    assert.equal(asked, 30)
    assert.deepEqual(
      kinds.map(({ kind, intended, latency }) => [kind, intended, latency?.n]),
      [
        ['firstPage', 10, 10],
        ['deepPage', 10, 10],
        ['roomList', 10, 10],
      ],
    )
    // The first was due at 0 and the last at 967 ms, when all were answered.
    assert.ok(kinds[0]!.latency!.max >= 960_000, JSON.stringify(kinds[0]))
    assert.equal(lateness?.n, 30)
  })

  test('errors are counted by code and have no latency; what was due before it began is left out', async () => {
    let asked = 0
    const done = Promise.withResolvers<void>()
    const client = {
      ask: async ({ kind, dueMs }: PlannedRead) => {
        asked++
        if (dueMs > 960) done.resolve()
        return kind === 'deepPage' ? 'HTTP-500' : null
      },
      close: () => {},
    }
    const reads = new HistoryReads(new ReadPlan(fleet(100), second, 30, 1), 30, client)
    reads.start(Date.now() - 500)
    await done.promise
    const { kinds } = await reads.finish()
    assert.ok(asked <= 15 && asked > 0, String(asked))
    const deep = kinds.find(({ kind }) => kind === 'deepPage')!
    assert.deepEqual([deep.errors, deep.latency], [[{ code: 'HTTP-500', count: deep.intended }], null])
  })
})
