import exec from 'k6/execution'
import type { Options } from 'k6/options'
import { connect } from 'k6/x/chat'
import type { Plan } from '../plan.ts'
import { profileDurationMs } from '../profiles.ts'

/** Reads the plan that the lab wrote; only while the script loads. */
export function loadPlan(): Plan {
  const path = __ENV.LAB_PLAN
  if (!path) throw new Error('LAB_PLAN is not set: these scenarios are started by the lab, e.g. `npm run spike`')
  return JSON.parse(open(path))
}

/** One virtual user holds the whole fleet and runs once. */
export function options(plan: Plan): Options {
  const boundMs = plan.connect.timeoutMs + profileDurationMs(plan.profile) + plan.drain.maxMs + 30_000
  return {
    scenarios: {
      [plan.scenario]: {
        executor: 'per-vu-iterations',
        vus: 1,
        iterations: 1,
        maxDuration: `${Math.ceil(boundMs / 1000)}s`,
        gracefulStop: '0s',
      },
    },
    // The lab reads the generator's own files; k6 has no sample of a latency to summarise.
    summaryTrendStats: ['max'],
  }
}

/**
 * Connects everyone, sends the profile, and waits until all is answered and delivered. A failure aborts the test, for a
 * mere exception would let k6 exit with 0.
 */
export function run(plan: Plan): void {
  try {
    load(plan)
  } catch (error) {
    exec.test.abort(error instanceof Error ? error.message : String(error))
  }
}

function load(plan: Plan): void {
  const fleet = connect({
    generator: plan.generator,
    seed: plan.seed,
    gateways: plan.target.gateways,
    api: plan.target.api,
    fleetFile: plan.fleetFile,
    outDir: plan.outDir,
    concurrency: plan.connect.concurrency,
    timeoutMs: plan.connect.timeoutMs,
    heartbeatMs: plan.heartbeatMs,
  })
  fleet.run({
    profile: plan.profile,
    arrivals: plan.arrivals,
    body: plan.body,
    goodputBoundUs: plan.goodputBoundUs,
  })
  fleet.drain(plan.drain)
  fleet.close()
}
