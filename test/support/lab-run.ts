import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { EnvironmentError, type Session } from '../../compose/component.ts'
import { openSession } from '../../compose/native/session.ts'
import { type LiveView, plainView } from '../../lab/run/live.ts'
import { resolveRun } from '../../lab/run/options.ts'
import type { LabParts } from '../../lab/run/parts.ts'
import { referenceSystem } from '../../lab/run/reference/system.ts'
import type { ResolvedRun } from '../../lab/run/resolved.ts'
import { runLab } from '../../lab/run/run.ts'
import type { Result } from '../../reports/schema/result.ts'
import { smoke } from '../../scenarios/definitions/smoke.ts'
import { type Behaviour, type Planted, SimulatedChat } from './simulated-chat.ts'

export const silentView = (): LiveView => plainView(new PassThrough().resume())

/** A view that hears each second of the generator. */
export const watching = (onSecond: (second: number) => void): LiveView => ({
  ...silentView(),
  second: (line) => onSecond(line.s),
})

export function resolved(...args: readonly string[]): ResolvedRun {
  // Observing has tests of its own.
  const observe = args.some((arg) => arg.startsWith('--observe=')) ? [] : ['--observe=off']
  const command = resolveRun(smoke, ['--noisy-ok', ...observe, ...args])
  if (command.kind !== 'run') throw new Error(JSON.stringify(command))
  return command.run
}

export interface TestedRun {
  readonly result: Result
  /** Names in the run folder when the run was over. */
  readonly files: readonly string[]
}

/** A whole run of the lab with the real generator, in a folder that goes with it once `look` has seen it. */
export async function runForTest(
  run: ResolvedRun,
  target: LabParts['target'],
  during: Partial<LabParts> = {},
  look: (folder: string) => Promise<void> = async () => {},
): Promise<TestedRun> {
  const outDir = await mkdtemp(join(tmpdir(), 'lab-run-'))
  try {
    const { result, folder } = await runLab({ ...run, outDir }, 'run', {
      openSession,
      target,
      view: silentView(),
      stop: new AbortController().signal,
      giveUp: new AbortController().signal,
      env: process.env,
      ...during,
    })
    await look(folder)
    return { result, files: await readdir(folder) }
  } finally {
    await rm(outDir, { recursive: true, force: true })
  }
}

export const reference =
  (run: ResolvedRun): LabParts['target'] =>
  (session: Session, runId: string) =>
    referenceSystem(session, { ...run, runId })

/** A second of warm-up, then 6 s at 150 messages a second, 40 users in rooms of 4: 900 messages are judged. */
const simulatedLoad = ['--profile=warm-up:1s@50,base:3s@150,hold:3s@150', '--users=40', '--room-size=4']

export interface SimulatedRun extends TestedRun {
  readonly planted: Planted
  readonly heldBack: number
  /** Sent in all, warm-up included. */
  readonly messages: number
}

/** A run against a chat of known behaviour. */
export async function runSimulated(
  behaviour: Partial<Behaviour>,
  extra: readonly string[] = [],
  during: Partial<LabParts> = {},
): Promise<SimulatedRun> {
  const chat = new SimulatedChat(behaviour)
  // Faults that leave a message unanswered would otherwise cost the whole quiet time of a real drain.
  const run = { ...resolved(...simulatedLoad, ...extra), drain: { quietMs: 1_500, maxMs: 15_000 } }
  const { result, files } = await runForTest(run, () => chat, during)
  const messages = result.phases.reduce((sum, phase) => sum + phase.sent, 0)
  return { result, files, planted: chat.planted, heldBack: chat.heldBack, messages }
}

/** Hands out the processes that a session starts, by name. */
export function spyOn(open: LabParts['openSession']) {
  const pids = new Map<string, number>()
  const spying: LabParts['openSession'] = async (options) => {
    const session = await open(options)
    const spawn = session.spawn.bind(session)
    session.spawn = async (spawnOptions) => {
      const started = await spawn(spawnOptions)
      pids.set(started.name, started.pid)
      return started
    }
    return session
  }
  return { openSession: spying, pids }
}

/** The reason why a run could not be had here, to skip by; null when the error is one that counts. */
export function missingComponent(error: unknown): string | null {
  const missing = error instanceof EnvironmentError && ['ENV-MISSING', 'ENV-PROVISION'].includes(error.code)
  return missing && !process.env.CI ? error.message : null
}
