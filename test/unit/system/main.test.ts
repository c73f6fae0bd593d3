import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { PassThrough } from 'node:stream'
import { describe, test } from 'node:test'
import { pino } from 'pino'
import { main } from '../../../system/main.ts'
import { StartError } from '../../../system/wiring/failure.ts'
import type { SystemProcess, startProcess } from '../../../system/wiring/process.ts'

const readyLine = {
  ready: true,
  pid: 7,
  roles: ['gateway'],
  publicUrls: ['http://a'],
  internalUrl: 'http://b',
} as const

/** A process whose parts the test moves, and what `main` made of it. */
function stage(args: string[] = []) {
  const events: string[] = []
  const failed = Promise.withResolvers<never>()
  const drained = Promise.withResolvers<void>()
  const started = Promise.withResolvers<SystemProcess>()
  const system: SystemProcess = {
    readyLine,
    failed: failed.promise,
    drain: () => {
      events.push('drain')
      return drained.promise
    },
    close: async () => void events.push('close'),
  }
  const [stdout, stderr] = [new PassThrough({ encoding: 'utf8' }), new PassThrough({ encoding: 'utf8' })]
  const signals = new EventEmitter()
  const io = { args, env: {}, stdout, stderr, signals, logger: pino({ enabled: false }), command: 'chat' }
  const start: typeof startProcess = () => started.promise
  const code = main(io, start)
  return { events, failed, drained, started, system, stdout, stderr, signals, code }
}

describe('a system process', () => {
  test('says one JSON line when ready; a signal drains, closes and ends it with 0', async () => {
    const { started, system, stdout, signals, drained, code, events } = stage()
    started.resolve(system)
    const [line] = await once(stdout, 'data')
    assert.deepEqual(JSON.parse(line), readyLine)
    assert.ok(line.endsWith('}\n'))
    signals.emit('SIGTERM')
    drained.resolve()
    assert.equal(await code, 0)
    assert.deepEqual(events, ['drain', 'close'])
    assert.equal(stdout.read(), null, 'nothing but the ready line is written to stdout')
    assert.equal(signals.listenerCount('SIGTERM') + signals.listenerCount('SIGINT'), 0)
  })

  test('ends at once with 130 at the second signal, whatever the drain does', async () => {
    const { started, system, stdout, signals, code, events } = stage()
    started.resolve(system)
    await once(stdout, 'data')
    signals.emit('SIGTERM')
    signals.emit('SIGINT')
    assert.equal(await code, 130)
    assert.ok(!events.includes('close'))
  })

  test('ends with 1 and the reason when a role fails for good, closing the rest', async () => {
    const { started, system, stdout, stderr, failed, code, events } = stage()
    started.resolve(system)
    await once(stdout, 'data')
    failed.reject(new Error('the log is gone'))
    assert.equal(await code, 1)
    assert.match(String(stderr.read()), /the log is gone/)
    assert.deepEqual(events, ['close'])
  })

  test('ends with 4 and the remedy when something outside is missing, with 1 when it is broken itself', async () => {
    const missing = stage()
    missing.started.reject(new StartError('Port 80 is in use', 'Choose another.'))
    assert.equal(await missing.code, 4)
    assert.equal(String(missing.stderr.read()), 'Port 80 is in use. Choose another.\n')
    const broken = stage()
    broken.started.reject(new Error('a bug'))
    assert.equal(await broken.code, 1)
    assert.match(String(broken.stderr.read()), /a bug/)
  })

  test('signalled in the midst of its start is never ready, and closes what comes up', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const timersBefore = timers()
    const { started, system, stdout, signals, code, events } = stage()
    signals.emit('SIGINT')
    await new Promise((resolve) => setImmediate(resolve))
    started.resolve(system)
    assert.equal(await code, 130)
    assert.deepEqual(events, ['close'])
    assert.equal(stdout.read(), null)
    assert.ok(timers() <= timersBefore, 'its grace keeps no process alive that has ended otherwise')
  })

  test('with a wrong command line starts nothing and ends with 2', async () => {
    const { code, stderr, stdout } = stage(['--port=x', '--nonsense'])
    assert.equal(await code, 2)
    const text = String(stderr.read())
    assert.ok(text.includes('--port=x') && text.includes('--nonsense') && text.includes('chat --help'), text)
    assert.equal(stdout.read(), null)
  })
})
