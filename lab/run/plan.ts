import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Fleet, Plan } from '../../scenarios/plan.ts'
import type { ResolvedRun } from './resolved.ts'
import type { RunningTarget } from './target.ts'

/**
 * Writes what the generator has to do, and with whom; resolves to the plan's file. Both lie in `dataDir`, where nobody
 * else may look and nothing stays: the fleet holds every user's token, the plan paths of this machine.
 */
export async function writePlan(
  run: ResolvedRun,
  target: Pick<RunningTarget, 'gateways' | 'api'>,
  fleet: Fleet,
  dataDir: string,
  outDir: string,
): Promise<string> {
  const { scenario, seed, profile, arrivals, goodputBoundUs, connect, heartbeatMs, drain } = run
  const fleetFile = join(dataDir, 'fleet.json')
  const plan: Plan = {
    schema: 'lab.plan/1',
    scenario,
    generator: 0,
    seed,
    target: { gateways: target.gateways, api: target.api },
    fleetFile,
    outDir,
    profile,
    arrivals,
    body: { bytes: run.bodyBytes, languages: run.languages },
    goodputBoundUs,
    connect,
    heartbeatMs,
    drain,
  }
  const planFile = join(dataDir, 'plan.json')
  await writeFile(fleetFile, JSON.stringify(fleet), { mode: 0o600 })
  await writeFile(planFile, JSON.stringify(plan), { mode: 0o600 })
  return planFile
}
