import assert from 'node:assert/strict'
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { ProcessExit, RunningProcess } from '../../../compose/component.ts'
import { phaseSpans } from '../../../lab/judge/phases.ts'
import type { TimelineSecond } from '../../../lab/measure/timeline.ts'
import { auditStore } from '../../../lab/run/audit.ts'
import { waitForEmptyBacklog } from '../../../lab/run/backlogWait.ts'
import { EventLog, phaseAt } from '../../../lab/run/events.ts'
import { ExitWatch } from '../../../lab/run/exits.ts'
import { FaultSchedule } from '../../../lab/run/faultSchedule.ts'
import { plainView } from '../../../lab/run/live.ts'
import { BacklogMeter, metricSum } from '../../../lab/run/reference/metrics.ts'
import { followLines } from '../../../lab/run/tail.ts'
import { shortSpike } from '../../support/history.ts'
import { recordedIo } from '../../support/io.ts'

const spans = phaseSpans(shortSpike)
const never = new AbortController().signal

describe('faults', () => {
  const recording = () => {
    const calls: string[] = []
    const action = {
      begin: async () => void calls.push('begin'),
      end: async () => void calls.push('end'),
    }
    return { calls, target: { fault: () => action } }
  }

  test('a fault that is in force when the load is over is undone before the run goes on', async () => {
    const { calls, target } = recording()
    const events = new EventLog()
    const begun = Promise.withResolvers<void>()
    const schedule = new FaultSchedule([{ kind: 'kill-gateway', atMs: 0, forMs: 3_600_000 }], target, events, () =>
      begun.resolve(),
    )
    schedule.start(Date.now())
    await begun.promise
    await schedule.finish()
    assert.deepEqual(calls, ['begin', 'end'])
    const [event] = events.list(spans)
    assert.deepEqual([event?.id, event?.kind, event?.planned], ['F1', 'fault', true])
    assert.ok(event?.untilS !== null)
  })

  test('a fault whose time has not come is never struck', async () => {
    const { calls, target } = recording()
    const schedule = new FaultSchedule(
      [{ kind: 'kill-gateway', atMs: 3_600_000, forMs: 1 }],
      target,
      new EventLog(),
      () => {},
    )
    schedule.start(Date.now())
    await schedule.finish()
    assert.deepEqual(calls, [])
  })

  test('a fault that could not be undone is told when the faults are finished', async () => {
    const begun = Promise.withResolvers<void>()
    const action = { begin: async () => {}, end: async () => Promise.reject(new Error('port taken')) }
    const schedule = new FaultSchedule(
      [{ kind: 'kill-kafka', atMs: 0, forMs: 1 }],
      { fault: () => action },
      new EventLog(),
      () => begun.resolve(),
    )
    schedule.start(Date.now())
    await begun.promise
    await assert.rejects(schedule.finish(), /port taken/)
  })

  test('a target that has no such part is told before anything starts', () => {
    assert.throws(
      () =>
        new FaultSchedule([{ kind: 'kill-kafka', atMs: 0, forMs: 1 }], { fault: () => null }, new EventLog(), () => {}),
      /nothing that it could strike/,
    )
  })
})

test('events are in order of time, with their phase, and faults have numbers of their own', () => {
  const log = new EventLog()
  log.add({ tS: 40, kind: 'note', what: 'late', planned: false })
  log.add({ tS: 13, kind: 'fault', what: 'strike', planned: true })
  log.add({ tS: -1, kind: 'note', what: 'early', planned: false })
  assert.deepEqual(
    log.list(spans).map(({ id, phase, what }) => [id, phase, what]),
    [
      ['E1', 'start', 'early'],
      ['F1', 'hold', 'strike'],
      ['E2', 'drain', 'late'],
    ],
  )
  assert.deepEqual(
    [0, 2, 11.9, 12, 31.9].map((at) => phaseAt(spans, at)),
    ['warm-up', 'base', 'base', 'hold', 'recovery'],
  )
})

test('an exit that was asked for is no news, another one is, with its last words', async () => {
  const process_ = (name: string, exit: ProcessExit): RunningProcess => ({
    name,
    pid: 0,
    logFile: '',
    exited: Promise.resolve(exit),
    stop: async () => {},
    kill: () => {},
    lastLogLines: async () => ['out of memory'],
  })
  const told = Promise.withResolvers<void>()
  const watch = new ExitWatch(() => told.resolve())
  watch.add(process_('stopped', { code: 0, signal: null, asked: true }))
  watch.add(process_('crashed', { code: null, signal: 'SIGSEGV', asked: false }))
  await told.promise
  assert.deepEqual(
    watch.unplanned.map(({ component, how, logLines }) => [component, how, ...logLines]),
    [['crashed', 'signal SIGSEGV', 'out of memory']],
  )
})

describe('metrics', () => {
  test('a sum over labels, of exactly this name', () => {
    const text = '# HELP a_total x\na_total{code="1"} 2\na_total{code="2"} 3.5\na_total_more 9\na 7\n'
    assert.equal(metricSum(text, 'a_total'), 5.5)
    assert.equal(metricSum(text, 'b_total'), null)
  })

  test('while the persister is away the backlog grows by what gateways accept', () => {
    const meter = new BacklogMeter()
    assert.equal(meter.update(null, 100), null)
    assert.equal(meter.update(30, 1_000), 30)
    assert.equal(meter.update(null, 1_500), 530)
    assert.equal(meter.update(null, null), null)
    assert.equal(meter.update(12, 1_600), 12)
  })
})

describe('waiting for the backlog', () => {
  test('ends when it is empty, and when nobody can tell', async () => {
    const levels = [5, 3, 0]
    assert.equal(
      await waitForEmptyBacklog(
        async () => levels.shift()!,
        () => {},
        never,
        60_000,
      ),
      0,
    )
    assert.equal(
      await waitForEmptyBacklog(
        async () => null,
        () => {},
        never,
        60_000,
      ),
      null,
    )
  })

  test('ends when it takes too long, and when it is stopped', async () => {
    assert.equal(
      await waitForEmptyBacklog(
        async () => 7,
        () => {},
        never,
        -1,
      ),
      7,
    )
    assert.equal(
      await waitForEmptyBacklog(
        async () => 7,
        () => {},
        AbortSignal.abort(),
        60_000,
      ),
      7,
    )
  })
})

describe('the audit', () => {
  const book = { add: () => {} }
  const reader = (read: () => Promise<{ rows: number }>) => {
    const closed: boolean[] = []
    const store = { name: 'test', read, close: async () => void closed.push(true) }
    return { closed, target: { openAudit: async () => store } }
  }

  test('is complete only when the store was read to its end', async () => {
    const whole = reader(async () => ({ rows: 3 }))
    assert.equal((await auditStore(whole.target, book, never)).complete, true)
    const cut = reader(async () => Promise.reject(new Error('connection lost')))
    const outcome = await auditStore(cut.target, book, never)
    assert.deepEqual([outcome.complete, outcome.problem], [false, 'connection lost'])
    assert.deepEqual([whole.closed, cut.closed], [[true], [true]])
  })

  test('that cannot even open the store says so', async () => {
    const outcome = await auditStore({ openAudit: async () => Promise.reject(new Error('no such file')) }, book, never)
    assert.deepEqual([outcome.complete, outcome.reader, outcome.problem], [false, 'none', 'no such file'])
  })
})

test('a followed file gives whole lines as they come, and ends after the last of them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lab-tail-'))
  const file = join(folder, 'lines')
  const done = new AbortController()
  const lines = followLines(file, done.signal, 1)
  try {
    const first = lines.next()
    await writeFile(file, 'one\ntw')
    assert.equal((await first).value, 'one')
    await appendFile(file, 'o\n한국어\nhalf a li')
    assert.equal((await lines.next()).value, 'two')
    assert.equal((await lines.next()).value, '한국어')
    done.abort()
    assert.equal((await lines.next()).done, true)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('without a terminal there is a line at each phase and every five seconds, and no escape sequence', () => {
  const { io, err } = recordedIo()
  const view = plainView(io.stderr)
  const second = (s: number, phase: string): TimelineSecond => ({
    s,
    phase,
    offered: 100,
    intended: 100,
    sent: 100,
    acked: 99,
    refused: 0,
    delivered: 495,
    connected: 5,
    pending: 1,
    p50Us: 1_000,
    p99Us: null,
    maxUs: 1,
    ackP99Us: 1,
    lateP99Us: 1,
  })
  for (let s = 0; s < 12; s++) view.second(second(s, s < 7 ? 'base' : 'hold'))
  assert.deepEqual(err().match(/^ *\d+ s {2}\w+/gm), ['   0 s  base', '   5 s  base', '   7 s  hold', '  10 s  hold'])
  assert.ok(!err().includes('\u001b'))
})
