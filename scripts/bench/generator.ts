import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { findGo } from '../../compose/provision/go.ts'
import type { BenchRow } from './row.ts'

const moduleDir = fileURLToPath(new URL('../../scenarios/generator', import.meta.url))

/**
 * The generator's CPU per received frame (frame, payload, checksum, ledger, histograms) beside a bare Go reader that
 * only finds where frames end. Both read 500 sockets at 25 frames a second each from the same source process,
 * interleaved, and the least disturbed round of each counts; see `fleet/receive_bench_test.go`. Rejects without Go, or when the benchmark fails.
 */
export async function bench(): Promise<BenchRow[]> {
  const go = await findGo()
  if (go === undefined) throw new Error('Go >= 1.26 is needed: `npm run doctor` says how to get it')
  const args = ['test', '-trimpath', '-run', '^$', '-bench', '^BenchmarkReceive$', '-benchtime', '1x', './fleet']
  const env = { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local' }
  const { stdout } = await promisify(execFile)(go, args, { cwd: moduleDir, env })
  const cpuUs = metric(stdout, 'client-us/frame')
  const floorUs = metric(stdout, 'floor-us/frame')
  return [{ name: 'generator: one received frame', cpuUs, floorUs, ratio: cpuUs / floorUs, target: 1.3 }]
}

function metric(output: string, unit: string): number {
  const value = Number(new RegExp(`([\\d.]+) ${unit}`).exec(output)?.[1])
  if (!(value > 0)) throw new Error(`the Go benchmark printed no ${unit}:\n${output}`)
  return value
}
