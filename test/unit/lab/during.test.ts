import assert from 'node:assert/strict'
import { once } from 'node:events'
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { ProcessExit, RunningComponent, RunningProcess } from '../../../compose/component.ts'
import { phaseSpans } from '../../../lab/judge/phases.ts'
import type { TimelineSecond } from '../../../lab/measure/timeline.ts'
import { auditStore, countLogged } from '../../../lab/run/audit.ts'
import { waitForEmptyBacklog } from '../../../lab/run/backlogWait.ts'
import { EventLog, phaseAt } from '../../../lab/run/events.ts'
import { ExitWatch, type ExitWatchParts, exitText } from '../../../lab/run/exits.ts'
import { FaultSchedule } from '../../../lab/run/faultSchedule.ts'
import { plainView } from '../../../lab/run/live.ts'
import { killEngine } from '../../../lab/run/reference/faults.ts'
import { BacklogMeter, metricSum } from '../../../lab/run/reference/metrics.ts'
import { Sampler } from '../../../lab/run/sampler.ts'
import { followLines } from '../../../lab/run/tail.ts'
import { type WarningFacts, warningsOf } from '../../../lab/run/warnings.ts'
import { evidenceOf, shortSpike } from '../../support/history.ts'
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

  test('a fault waits for an earlier one of its kind that is not undone yet, and not beyond the load', async (t) => {
    const calls: string[] = []
    const undone = Promise.withResolvers<void>()
    const ending = Promise.withResolvers<void>()
    const action = (name: string) => ({
      begin: async () => void calls.push(`begin ${name}`),
      end: async () => {
        calls.push(`end ${name}`)
        ending.resolve()
        await undone.promise
      },
    })
    const actions = [action('kafka 1'), action('kafka 2'), action('gateway')]
    const fault = (kind: 'kill-kafka' | 'kill-gateway', forMs: number) => ({ kind, atMs: 0, forMs })
    const schedule = new FaultSchedule(
      [fault('kill-kafka', 1), fault('kill-kafka', 1), fault('kill-gateway', 3_600_000)],
      { fault: () => actions.shift()! },
      new EventLog(),
      () => {},
    )
    t.after(() => {
      undone.resolve()
      return schedule.finish()
    })
    schedule.start(Date.now())
    await ending.promise
    assert.deepEqual(calls, ['begin kafka 1', 'begin gateway', 'end kafka 1'])
    const finished = schedule.finish()
    undone.resolve()
    await finished
    assert.deepEqual(calls, ['begin kafka 1', 'begin gateway', 'end kafka 1', 'end gateway'])
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

describe('exits', () => {
  const ending = (name: string, exited: Promise<ProcessExit>, lastLogLines = async () => ['out of memory']) =>
    ({ name, pid: 0, logFile: '', exited, stop: async () => {}, kill: () => {}, lastLogLines }) satisfies RunningProcess
  const clean = { code: 0, signal: null, asked: false } as const
  const crash = { code: null, signal: 'SIGSEGV', asked: false } as const

  const watchOf = (parts: Partial<ExitWatchParts> = {}) =>
    new ExitWatch({ onExit: () => {}, fullDisks: async () => [], ...parts })

  test('one that was asked for is no news, another one is, with its last words', async () => {
    const watch = watchOf()
    watch.add(ending('stopped', Promise.resolve({ ...clean, asked: true })))
    watch.add(ending('crashed', Promise.resolve(crash)))
    assert.equal((await watch.first(60_000))?.component, 'crashed')
    assert.deepEqual(
      (await watch.described()).map(({ component, how, logLines }) => [component, how, ...logLines]),
      [['crashed', 'signal SIGSEGV', 'out of memory']],
    )
  })

  test('it is known before its log has been read, and a log that cannot be read hides nothing', async () => {
    const log = Promise.withResolvers<string[]>()
    const told = Promise.withResolvers<void>()
    const watch = watchOf({ onExit: () => told.resolve() })
    watch.add(ending('crashed', Promise.resolve(crash), () => log.promise))
    await told.promise
    assert.deepEqual([watch.unplanned[0]?.component, watch.unplanned[0]?.logLines], ['crashed', []])
    log.reject(new Error('no such file'))
    assert.equal((await watch.described()).length, 1)
  })

  test('it is told with the disks that were full then, also where its log cannot be read', async () => {
    const watch = watchOf({ fullDisks: async () => ['the disk of kafka is full'] })
    watch.add(ending('kafka', Promise.resolve(crash), () => Promise.reject(new Error('no such file'))))
    await watch.first(60_000)
    const [exit] = await watch.described()
    assert.equal(exitText(exit!), 'kafka ended by itself (signal SIGSEGV): the disk of kafka is full')
  })

  test('some time after the first there is nothing left to wait for', async () => {
    const watch = watchOf()
    const hopeless = watch.hopeless(1)
    assert.equal(hopeless.aborted, false)
    watch.add(ending('persister', Promise.resolve(crash)))
    // The limit on the test is far above: its timer does not hold the process.
    await once(hopeless, 'abort', { signal: AbortSignal.timeout(60_000) })
  })

  test('it is waited for where an error may be its consequence', async () => {
    const exit = Promise.withResolvers<ProcessExit>()
    const watch = watchOf()
    watch.add(ending('crashed', exit.promise))
    const first = watch.first(60_000)
    exit.resolve(crash)
    assert.equal((await first)?.component, 'crashed')
    assert.equal(await watchOf().first(1), null)
  })

  test('once the lab stops processes itself only a crash is news', async () => {
    const watch = watchOf()
    watch.stopping()
    const ends: ProcessExit[] = [clean, { ...clean, code: 143 }, { ...crash, signal: 'SIGTERM' }]
    for (const [i, end] of ends.entries()) watch.add(ending(`clean-${i}`, Promise.resolve(end)))
    watch.add(ending('crashed', Promise.resolve(crash)))
    assert.equal((await watch.first(60_000))?.component, 'crashed')
    assert.equal(watch.unplanned.length, 1)
  })
})

test('Kafka killed a second time is the one that runs by then', async () => {
  const killed: number[] = []
  const kafkaOf = (pid: number) =>
    ({ processes: [{ pid, kill: () => killed.push(pid), exited: Promise.resolve() }] }) as unknown as RunningComponent
  let running = kafkaOf(1)
  const restart = async () => kafkaOf(killed.length + 1)
  const actions = [1, 2].map(() =>
    killEngine(
      { restart },
      'kafka',
      () => running,
      (now) => {
        running = now
      },
    ),
  )
  for (const { begin, end } of actions) {
    await begin()
    await end()
  }
  assert.deepEqual(killed, [1, 2])
})

test('a sample that cannot be taken is a gap and told once; the run goes on', async () => {
  const told: string[] = []
  const backlog = async () => Promise.reject(new Error('no answer'))
  const sample = () => ({ machine: { atMs: 0, busySeconds: 0, stealSeconds: 0 }, processes: new Map() })
  const target = { backlog, eventLoopP99Us: async () => null }
  const sampler = new Sampler(
    { sample },
    target,
    () => {},
    (text) => told.push(text),
  )
  await sampler.take()
  await sampler.take()
  assert.equal(sampler.samples.length, 0)
  assert.deepEqual(told, ['a sample of CPU and backlog could not be taken: no answer'])
})

describe('warnings', () => {
  const clean = evidenceOf({}).generators[0]!
  const warnings = (change: Partial<typeof clean>, other: Partial<WarningFacts> = {}) =>
    warningsOf({
      validity: [],
      components: [],
      misplaced: [],
      lostAfterAck: 0,
      unstored: 0,
      refusedYetStored: 0,
      historyMissing: 0,
      reads: null,
      latenessLimitUs: 5_000,
      sums: { ...clean, ...change },
      problems: [],
      ...other,
    }).slice(1)

  const quantiles = { n: 9, messages: 9, p50: 1, p90: 1, p99: 1, p999: 1, max: 1, thin: [] }

  test('each oddity the clients saw has one, a clean run has none', () => {
    assert.deepEqual(warnings({}), [])
    for (const name of ['foreignMessages', 'unknownFrames', 'errorFrames', 'gaps', 'resumed'] as const) {
      const [warning, ...more] = warnings({ [name]: 7 })
      assert.match(warning ?? name, /^7 .*\.$/)
      assert.deepEqual(more, [])
    }
  })

  test('a preloaded history that did not come back whole has one', () => {
    assert.deepEqual(warnings({}, { historyMissing: 3 }), ['3 messages of the preloaded history were not read back.'])
    assert.deepEqual(warnings({}, { historyMissing: -3 }), [
      '3 messages of the preloaded history were read back twice.',
    ])
  })

  test('reads that the lab sent late have one', () => {
    const late = (p99: number) => ({
      reads: { perSecond: 1, pageRows: 50, kinds: [], lateness: { ...quantiles, p99 } },
    })
    assert.deepEqual(warnings({}, late(5_000)), [])
    assert.match(warnings({}, late(61_000)).join(), /^History reads were sent late by p99 61\.0.ms, which/)
  })

  test('what is called lost while messages still waited to be stored may only be late', () => {
    assert.deepEqual(warnings({}, { lostAfterAck: 3 }), [])
    assert.deepEqual(warnings({}, { unstored: 5 }), [])
    assert.match(warnings({}, { lostAfterAck: 3, unstored: 5 }).join(), /^5 messages still waited .* only be late\.$/)
    assert.match(
      warnings({}, { lostAfterAck: 3, unstored: null }).join(),
      /^An unknown number of messages still waited/,
    )
  })

  test('a gap that no reconnect explains says so', () => {
    assert.match(warnings({ gaps: 1 })[0]!, /though nobody had reconnected\.$/)
    assert.match(warnings({ gaps: 1, reconnects: 1 })[0]!, /sequence\.$/)
  })
})

describe('metrics', () => {
  test('a sum over labels, of exactly this name', () => {
    const text = '# HELP a_total x\na_total{code="1"} 2\na_total{code="2"} 3.5\na_total_more 9\na 7\n'
    assert.equal(metricSum(text, 'a_total'), 5.5)
    assert.equal(metricSum(text, 'b_total'), null)
    assert.equal(metricSum(`${text}a_total{code="3"} NaN\n`, 'a_total'), null)
  })

  test('while the persister is away the backlog grows by what gateways accept', () => {
    const meter = new BacklogMeter()
    assert.equal(meter.update(null, 100), null)
    assert.equal(meter.update(30, 1_000), 30)
    assert.equal(meter.update(null, 1_500), 530)
    assert.equal(meter.update(null, null), null)
    assert.equal(meter.update(12, 1_600), 12)
    assert.equal(meter.update(0, 1_600), 0)
    assert.equal(meter.update(null, 1_600), null)
  })
})

describe('waiting for the backlog', () => {
  const patience = { maxMs: 60_000, silentMaxMs: 60_000, pollMs: 1 }
  const wait = (levels: (number | null)[], change: Partial<typeof patience> = {}, stop = never) => {
    let last: number | null = null
    const next = async () => {
      last = levels.length > 0 ? levels.shift()! : last
      return last
    }
    return waitForEmptyBacklog(next, () => {}, stop, { ...patience, ...change })
  }

  test('ends when it is empty', async () => {
    assert.equal(await wait([5, 3, 0]), 0)
  })

  test('asks again where there is no figure, which is no empty backlog', async () => {
    const levels = [null, 7, null, null, 0, 99]
    assert.equal(await wait(levels), 0)
    assert.deepEqual(levels, [99])
  })

  test('gives a target up that tells nothing', async () => {
    assert.equal(await wait([null], { silentMaxMs: 5 }), null)
    assert.equal(await wait([4, null], { silentMaxMs: 5 }), 4)
  })

  test('ends when it takes too long, and when it is stopped', async () => {
    assert.equal(await wait([7], { maxMs: -1 }), 7)
    assert.equal(await wait([7], {}, AbortSignal.abort()), 7)
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

  test('is not begun when there is no time left for it', async () => {
    const opened: string[] = []
    const target = {
      openAudit: async () => Promise.reject(new Error('opened')),
      logged: async () => opened.push('log'),
    }
    const late = AbortSignal.abort(new Error('given up'))
    assert.equal((await auditStore(target, book, late)).problem, 'given up')
    assert.deepEqual([(await countLogged(target, late)).count, opened], [null, []])
  })
})

test('the log is counted where there is one; a broker that does not answer is a note, no failure', async () => {
  assert.equal((await countLogged({ logged: async () => 12 }, never)).count, 12)
  assert.deepEqual(await countLogged({ logged: async () => Promise.reject(new Error('no broker')) }, never), {
    count: null,
    note: 'not known: no broker',
  })
  assert.equal((await countLogged({}, never)).count, null)
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
