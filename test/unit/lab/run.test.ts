import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { afterEach, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { EnvironmentError, type ProcessExit, type RunningProcess, type Session } from '../../../compose/component.ts'
import { runCommand } from '../../../lab/run/command.ts'
import { type LabParts, StoppedBeforeLoad } from '../../../lab/run/parts.ts'
import { runLab } from '../../../lab/run/run.ts'
import type { RunningTarget } from '../../../lab/run/target.ts'
import type { Result } from '../../../reports/schema/result.ts'
import type { Plan } from '../../../scenarios/plan.ts'
import { recordedIo } from '../../support/io.ts'
import { resolved, silentView } from '../../support/lab-run.ts'

const folders: string[] = []
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

/** A process that ends when it is told how. */
function puppet(name: string) {
  const exit = Promise.withResolvers<ProcessExit>()
  const calls: string[] = []
  const end = (code: number | null, asked: boolean) =>
    exit.resolve({ code, signal: code === null ? 'SIGKILL' : null, asked })
  const process_: RunningProcess = {
    name,
    pid: 2 ** 30,
    logFile: '',
    exited: exit.promise,
    stop: async () => end(0, true),
    kill: () => {
      calls.push('kill')
      end(null, true)
    },
    lastLogLines: async () => [`last words of ${name}`],
  }
  return { process: process_, calls, end }
}

const seconds = '{"type":"start","unixMs":1}\n{"type":"end","tUs":1,"reason":"drained"}\n'

interface Stage {
  /** What the load generator does once it has its plan; by default it leaves a timeline and ends. */
  readonly load?: (plan: Plan, generator: ReturnType<typeof puppet>) => Promise<void>
  readonly target?: (parts: { chat: ReturnType<typeof puppet> }) => Partial<RunningTarget>
  readonly parts?: Partial<LabParts>
}

/** A session and a target without a process of their own. */
async function stage({ load, target = () => ({}) }: Stage) {
  const outDir = await mkdtemp(join(tmpdir(), 'lab-unit-run-'))
  folders.push(outDir)
  const generator = puppet('generator')
  const chat = puppet('chat')
  const asked: string[] = []
  const sessionIn = (dataDir: string) => ({
    dataDir,
    logDir: join(dataDir, '..', 'logs'),
    k6: async () => 'k6',
    spawn: async ({ env }: { env: Record<string, string> }) => {
      const plan = JSON.parse(await readFile(env.LAB_PLAN!, 'utf8')) as Plan
      await writeFile(join(plan.outDir, 'timeline.ndjson'), seconds)
      if (load === undefined) generator.end(0, false)
      else void load(plan, generator)
      return generator.process
    },
    sample: () => ({ machine: { atMs: 0, busySeconds: 0, stealSeconds: 0 }, processes: new Map() }),
    cores: () => new Map(),
    close: async () => rm(dataDir, { recursive: true }),
  })
  const running: RunningTarget = {
    description: {
      title: 'puppet@0',
      backend: 'puppet',
      edition: 'puppet',
      pipeline: 'none',
      fanout: 'memory',
      schemaVersion: null,
      engines: [],
      compatibleFlags: [],
      processes: [],
    },
    gateways: ['ws://127.0.0.1:1/ws'],
    api: 'http://127.0.0.1:1',
    components: [],
    versions: {},
    seed: async ({ rooms }) => ({
      users: [{ id: 'u', token: 'secret-token' }],
      rooms: rooms.map((members, i) => ({ id: `r${i}`, members: [...members] })),
    }),
    backlog: async () => 0,
    eventLoopP99Us: async () => null,
    fault: () => null,
    quiesce: async () => void asked.push('quiesce'),
    openAudit: async () => Promise.reject(new Error('no store')),
    close: async () => {},
    ...target({ chat }),
  }
  const start = async (watch: (process: RunningProcess) => void) => {
    watch(chat.process)
    return running
  }
  const openSession = async ({ runDir }: { readonly runDir: string }) => {
    const dataDir = join(runDir, 'data')
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    return sessionIn(dataDir) as unknown as Session
  }
  return { outDir, openSession, target: () => ({ backend: 'puppet', start }), generator, asked }
}

/** A whole run on that stage. */
async function run({ parts, ...rest }: Stage) {
  const { outDir, openSession, target, generator, asked } = await stage(rest)
  const finished = await runLab({ ...resolved('--users=5'), outDir }, 'run', {
    openSession,
    target,
    view: silentView(),
    stop: new AbortController().signal,
    giveUp: new AbortController().signal,
    env: {},
    ...parts,
  })
  return { ...finished, generator, asked }
}

test('tokens and plan lie with what is deleted at the end, for their owner alone', async () => {
  let modes: number[] = []
  const { folder } = await run({
    load: async (plan, generator) => {
      assert.match(await readFile(plan.fleetFile, 'utf8'), /secret-token/)
      assert.equal(join(plan.fleetFile, '..'), join(plan.outDir, '..', 'data'))
      modes = [(await stat(plan.fleetFile)).mode & 0o777, (await stat(join(plan.fleetFile, '..'))).mode & 0o777]
      generator.end(0, false)
    },
  })
  assert.deepEqual(modes, [0o600, 0o700])
  const left = await readdir(folder, { recursive: true })
  assert.ok(left.includes('result.json') && left.includes('timeline.ndjson'), left.join())
  assert.ok(!left.some((name) => /fleet|plan|^data/.test(name)), left.join())
})

test('what is passed on shows no folder of this machine; what is printed leads to the report', async () => {
  const checkout = fileURLToPath(new URL('../../../', import.meta.url))
  const { outDir, openSession, target } = await stage({
    target: () => ({ versions: { tool: `file://${checkout}lab/x.ts, ${homedir()}/y, ${folders[0]}/z` } }),
  })
  const { io, out } = recordedIo()
  const args = ['smoke', '--users=5', `--out=${outDir}`, '--json']
  await runCommand(args, { ...io, openSession, target, onInterrupt: () => () => {} })
  const summary = JSON.parse(out()) as { folder: string; report: string; result: Result }
  assert.equal(resolve(summary.folder, '..'), outDir)
  assert.equal(resolve(summary.report), resolve(summary.folder, 'report.html'))
  const { run: facts, environment } = summary.result
  assert.deepEqual([facts.folder, facts.command], [facts.id, 'npm run smoke -- --users=5'])
  assert.equal(environment.versions.tool, `file://./lab/x.ts, ~/y, <tmp>/${basename(outDir)}/z`)
  for (const name of ['result.json', 'config.json', 'environment.json', 'report.html']) {
    const text = await readFile(join(summary.folder, name), 'utf8')
    for (const place of [tmpdir(), homedir(), resolve(checkout)]) assert.ok(!text.includes(`${place}/`), name)
  }
})

describe('the second Ctrl-C', () => {
  const twice = (change: Partial<Stage> = {}) => {
    const stop = new AbortController()
    const giveUp = new AbortController()
    const view = {
      ...silentView(),
      step: (text: string) => {
        if (text !== 'connecting the fleet') return
        stop.abort()
        giveUp.abort()
      },
    }
    // A generator that answers no SIGINT.
    return run({ load: async () => {}, parts: { view, stop: stop.signal, giveUp: giveUp.signal }, ...change })
  }

  test('kills the generator and skips the rest', async () => {
    const { result, generator, asked } = await twice()
    assert.deepEqual([generator.calls, asked], [['kill'], []])
    assert.deepEqual([result.verdict.outcome, result.verdict.exitCode], ['INCOMPLETE', 130])
  })

  test('hides no error that comes after it', async () => {
    const versions = new Proxy({}, { ownKeys: () => assert.fail('a broken target') })
    await assert.rejects(twice({ target: () => ({ versions }) }), (error: Error) => {
      assert.ok(!(error instanceof StoppedBeforeLoad))
      return error.message === 'a broken target'
    })
  })

  test('before the load began nothing was measured', async () => {
    const giveUp = new AbortController()
    const seed = async () => {
      giveUp.abort()
      throw new Error('the connection broke')
    }
    await assert.rejects(run({ target: () => ({ seed }), parts: { giveUp: giveUp.signal } }), StoppedBeforeLoad)
  })
})

test('a component that dies while seeding is the cause, though its connection breaks first', async () => {
  const target: Stage['target'] = ({ chat }) => ({
    seed: async () => {
      setTimeout(() => chat.end(1, false), 20)
      throw new TypeError('fetch failed')
    },
  })
  await assert.rejects(run({ target }), (error: Error) => {
    assert.ok(error instanceof EnvironmentError, String(error))
    assert.deepEqual([error.code, error.component, error.logLines], ['ENV-DIED', 'chat', ['last words of chat']])
    return true
  })
})

describe('at the end', () => {
  const endingWith = (code: number) => {
    const target: Stage['target'] = ({ chat }) => ({
      quiesce: async () => {
        chat.end(code, false)
        await chat.process.exited
      },
    })
    return run({ target })
  }
  const restarts = async (code: number) =>
    (await endingWith(code)).result.validity.find(({ rule }) => rule === 'restart')!.figure

  test('what the lab stops is no restart, however its end is told', async () => {
    assert.equal(await restarts(0), 0)
    assert.equal(await restarts(143), 0)
  })

  test('a crash while stopping is one', async () => {
    assert.equal(await restarts(134), 1)
  })
})

test('the folder of a run that was never begun holds no token either', async () => {
  const seed = async () => Promise.reject(new Error('refused'))
  await assert.rejects(run({ target: () => ({ seed }) }), /refused/)
  assert.ok(!existsSync(join(folders[0]!, 'run', 'data')))
})
