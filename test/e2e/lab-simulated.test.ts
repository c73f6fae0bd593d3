import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openSession } from '../../compose/native/session.ts'
import type { Result } from '../../reports/schema/result.ts'
import { resolved, runForTest, runSimulated, spyOn, watching } from '../support/lab-run.ts'
import { SimulatedChat } from '../support/simulated-chat.ts'

const counters = (result: Result) => Object.fromEntries(result.ledger.counters.map(({ name, count }) => [name, count]))
const allZero = (result: Result) => Object.values(counters(result)).every((count) => count === 0)
const phase = (result: Result, name: string) => result.phases.find((candidate) => candidate.name === name)!

test('a fixed delay comes back as the latency, and decides the verdict', async () => {
  const { result, messages } = await runSimulated({ delayMs: 60 }, ['--slo=base:p50=5ms'])
  assert.equal(messages, 950)
  const { delivery, ack } = phase(result, 'base')
  assert.ok(delivery!.p50 >= 60_000 && ack!.p50 >= 60_000, JSON.stringify({ delivery, ack }))
  assert.equal(delivery!.n, 450 * 4)
  assert.equal(delivery!.messages, 450)
  assert.equal(result.heatmap.samples, messages * 4)
  assert.ok(allZero(result))
  const missed = result.slos.filter((slo) => slo.met !== true).map((slo) => slo.id)
  assert.deepEqual(missed, ['base:p50=5ms'])
  assert.deepEqual([result.verdict.outcome, result.verdict.exitCode], ['FAIL', 1])
})

test('a chat that does nothing wrong passes', async () => {
  const { result } = await runSimulated({ delayMs: 1 }, ['--slo=p99=60s'])
  assert.deepEqual(result.verdict.reasons, [])
  assert.equal(result.verdict.outcome, 'PASS')
})

test('every planted fault is found, and nothing else', async () => {
  const { result, planted, heldBack } = await runSimulated({
    loseEvery: 97,
    skipEvery: 101,
    duplicateEvery: 103,
    swapEvery: 107,
    corruptEvery: 109,
    storeTwiceEvery: 113,
    ignoreEvery: 127,
  })
  assert.ok(
    Object.values(planted).every((count) => count >= 7),
    JSON.stringify(planted),
  )
  assert.deepEqual(counters(result), {
    lost_after_ack: planted.lost,
    undelivered: planted.skipped + heldBack,
    delivered_unsaved: planted.lost,
    duplicate_deliveries: planted.duplicated,
    duplicate_rows: planted.storedTwice,
    reordered: planted.swapped - heldBack,
    order_mismatch: 0,
    corrupted: planted.corrupted,
  })
  assert.deepEqual(result.ledger.indeterminate, { count: planted.ignored, stored: planted.ignored, notStored: 0 })
  assert.equal(result.verdict.outcome, 'FAIL')
  assert.equal(result.verdict.reasons[0]?.code, 'ledger:lost_after_ack')
  const lost = result.ledger.counters.find((counter) => counter.name === 'lost_after_ack')!
  assert.equal(lost.examples.length, 5)
})

test('what the fan-out drops stays undelivered, though later messages show the gap and the history fills it', async () => {
  const chat = new SimulatedChat({ skipEvery: 49 })
  const load = ['--profile=warm-up:1s@50,base:2s@150,hold:2s@150', '--users=40', '--room-size=4']
  const run = { ...resolved(...load), drain: { quietMs: 1_500, maxMs: 15_000 } }
  const { result } = await runForTest(run, () => chat)
  assert.equal(chat.planted.skipped, 13)
  // Without these nothing would tempt the generator to call a message delivered.
  assert.ok(chat.skipsHandedOut >= 10, String(chat.skipsHandedOut))
  const wrong = Object.entries(counters(result)).filter(([, count]) => count !== 0)
  assert.deepEqual(wrong, [['undelivered', 13]])
  assert.deepEqual([result.verdict.outcome, result.verdict.reasons[0]?.code], ['FAIL', 'ledger:undelivered'])
})

test('a stall of two seconds is seen from the instant each message was due', async () => {
  const { result } = await runSimulated({ stall: { fromMs: 2_000, forMs: 2_000 } })
  const base = phase(result, 'base')
  // The first message to wait was sent as the stall began; the generator went on sending meanwhile.
  assert.ok(base.delivery!.max >= 1_900_000, JSON.stringify(base.delivery))
  assert.equal(base.sent, 450)
  assert.ok(result.spike.worstSecondP99Us! >= 1_900_000)
  assert.ok(allZero(result))
  assert.equal(result.verdict.outcome, 'FAIL')
  const slo = result.slos[result.verdict.decisiveSlo!]!
  assert.deepEqual([slo.metric, slo.quantile, slo.met], ['delivery', 0.99, false])
})

test('a generator that was held up makes the run invalid, not the system slow', async () => {
  const { openSession: spying, pids } = spyOn(openSession)
  const signal = (name: NodeJS.Signals) => process.kill(pids.get('generator')!, name)
  const view = watching((second) => {
    if (second !== 1) return
    signal('SIGSTOP')
    setTimeout(() => signal('SIGCONT'), 1_200)
  })
  const { result } = await runSimulated({}, [], { view, openSession: spying })
  assert.deepEqual([result.verdict.outcome, result.verdict.exitCode], ['INVALID', 3])
  assert.deepEqual(
    result.verdict.reasons.map((reason) => reason.code),
    ['late-generator'],
  )
  const rule = result.validity.find((candidate) => candidate.rule === 'late-generator')!
  assert.ok(rule.figure! >= 500_000 && rule.fromS !== null, JSON.stringify(rule))
})

test('stopped by hand it keeps what was measured and says where it stopped', async () => {
  const stop = new AbortController()
  const view = watching((second) => {
    if (second === 2) stop.abort()
  })
  const { result, messages } = await runSimulated({ loseEvery: 100 }, [], { view, stop: stop.signal })
  assert.deepEqual([result.verdict.outcome, result.verdict.exitCode], ['INCOMPLETE', 130])
  assert.ok(messages >= 300 && messages < 950, String(messages))
  assert.ok(result.run.interruptedAtS! >= 2)
  assert.equal(result.ledger.audit.complete, true)
  assert.equal(counters(result).lost_after_ack, Math.floor(messages / 100))
})
