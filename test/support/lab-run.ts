import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { openSession } from '../../compose/native/session.ts'
import { plainView } from '../../lab/run/live.ts'
import { resolveRun } from '../../lab/run/options.ts'
import type { ResolvedRun } from '../../lab/run/resolved.ts'
import { type LabParts, runLab } from '../../lab/run/run.ts'
import type { Result } from '../../reports/schema/result.ts'
import { smoke } from '../../scenarios/definitions/smoke.ts'
import { type Behaviour, type Planted, SimulatedChat } from './simulated-chat.ts'

/** A second of warm-up, then 6 s at 150 messages a second, 40 users in rooms of 4: 900 messages are judged. */
const load = '--profile=warm-up:1s@50,base:3s@150,hold:3s@150'

export interface SimulatedRun {
  readonly result: Result
  readonly planted: Planted
  readonly heldBack: number
  /** Sent in all, warm-up included. */
  readonly messages: number
}

export function simulatedOptions(extra: readonly string[] = []): ResolvedRun {
  const command = resolveRun(smoke, [load, '--users=40', '--room-size=4', '--noisy-ok', ...extra])
  if (command.kind !== 'run') throw new Error(JSON.stringify(command))
  // Faults that leave a message unanswered would otherwise cost the whole quiet time of a real drain.
  return { ...command.run, drain: { quietMs: 1_500, maxMs: 15_000 } }
}

/** A whole run of the lab, real generator and all, against a chat of known behaviour. Leaves nothing behind. */
export async function runSimulated(
  behaviour: Partial<Behaviour>,
  extra: readonly string[] = [],
  during: Partial<LabParts> = {},
): Promise<SimulatedRun> {
  const outDir = await mkdtemp(join(tmpdir(), 'lab-simulated-'))
  const chat = new SimulatedChat(behaviour)
  try {
    const { result } = await runLab({ ...simulatedOptions(extra), outDir }, 'run', {
      openSession,
      target: () => chat,
      view: plainView(new PassThrough().resume()),
      stop: new AbortController().signal,
      giveUp: new AbortController().signal,
      env: process.env,
      ...during,
    })
    return {
      result,
      planted: chat.planted,
      heldBack: chat.heldBack,
      messages: result.phases.reduce((sum, phase) => sum + phase.sent, 0),
    }
  } finally {
    await rm(outDir, { recursive: true, force: true })
  }
}
