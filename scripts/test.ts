import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { delimiter, dirname, relative } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { inspect, parseArgs } from 'node:util'
import { findGo } from '../compose/provision/go.ts'
import { startTestComponents } from '../test/support/components.ts'
import { shareSwarm } from '../test/support/docker/swarm.ts'
import { openRooms } from '../test/support/rooms.ts'

const usage = `Usage: npm test [-- --only=<lane>[,<lane>]]

Lanes, in order:
  static     types, lint, import rules, unused code, built dashboards are fresh
  unit       unit and property tests, no component needed (npm run test:unit)
  go         tests of the load generator's k6 extension
  contract   shared suites against the real engines
  e2e        whole runs: a short spike per backend, faults, the lab against a simulated system
  browser    the report in a real Chromium
`

const lanes = ['static', 'unit', 'go', 'contract', 'e2e', 'browser'] as const
type Lane = (typeof lanes)[number]

/** Of one failure, at the end. */
const shownChars = 4_000

interface Tally {
  passed: number
  /** What failed and how, a text each. */
  readonly failed: string[]
  skipped: string[]
}

/** Runs every lane named, all of them by default. Resolves to the exit code: 0 when nothing failed. */
export async function main(args: string[]): Promise<number> {
  const wanted = parseLanes(args)
  if (typeof wanted === 'number') return wanted
  const tally: Tally = { passed: 0, failed: [], skipped: [] }
  if (wanted.has('static')) await staticLane(tally)
  if (wanted.has('unit')) await unitLane(tally)
  if (wanted.has('go')) await goLane(tally)
  if (wanted.has('contract') || wanted.has('e2e')) {
    const components = await startTestComponents()
    try {
      if (wanted.has('contract')) await nodeLane('contract', tally)
      if (wanted.has('e2e')) await e2eLane(tally)
    } finally {
      await components.stop()
    }
  }
  if (wanted.has('browser')) await nodeLane('browser', tally)
  report(tally)
  return tally.failed.length === 0 ? 0 : 1
}

/** Failures once more: what a lane said of them may be half an hour of lines above. */
function report({ passed, failed, skipped }: Tally): void {
  for (const line of skipped) process.stdout.write(`skipped: ${line}\n`)
  for (const text of failed) process.stdout.write(`FAILED: ${text}\n`)
  process.stdout.write(`\n${passed} passed, ${failed.length} failed, ${skipped.length} skipped\n`)
}

function parseLanes(args: string[]): Set<Lane> | number {
  const { values } = parseArgs({
    args,
    options: { only: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    strict: false,
  })
  if (values.help) {
    process.stdout.write(usage)
    return 0
  }
  const names = typeof values.only === 'string' ? values.only.split(',') : [...lanes]
  const unknown = names.filter((name) => !(lanes as readonly string[]).includes(name))
  if (unknown.length > 0) {
    process.stderr.write(`Unknown lane: ${unknown.join(', ')}\n\n${usage}`)
    return 2
  }
  return new Set(names as Lane[])
}

async function staticLane(tally: Tally): Promise<void> {
  for (const script of ['types', 'lint', 'imports', 'unused', 'built']) {
    const code = await command('npm', ['run', '--silent', script])
    book(tally, script, code)
  }
}

async function goLane(tally: Tally): Promise<void> {
  const go = await findGo()
  if (go === undefined) {
    skip(tally, 'go', 'no Go >= 1.26 on PATH or in the cache; `npm run doctor` says how to get it')
    return
  }
  // The flags of the build, so that the compiler's cache serves both.
  const code = await command(go, ['test', '-trimpath', './...'], {
    cwd: 'scenarios/generator',
    env: { ...process.env, CGO_ENABLED: '0', PATH: `${dirname(go)}${delimiter}${process.env.PATH ?? ''}` },
  })
  book(tally, 'go test', code)
}

/** Rooms wait for timers, disks and child processes a good part of their time: three of them keep two cores busy. */
async function unitLane(tally: Tally): Promise<void> {
  const rooms = openRooms(filesOf('unit'))
  try {
    await runTests(rooms.entries, tally, 3)
  } finally {
    rooms.close()
  }
}

async function nodeLane(lane: 'contract' | 'e2e' | 'browser', tally: Tally): Promise<void> {
  await runTests(filesOf(lane), tally, 1)
}

async function e2eLane(tally: Tally): Promise<void> {
  const swarm = await shareSwarm()
  try {
    await nodeLane('e2e', tally)
  } finally {
    await swarm.stop()
  }
}

function filesOf(lane: Lane): string[] {
  const files = globSync(`test/${lane}/**/*.test.ts`).sort()
  process.stdout.write(`\n=== ${lane}: ${files.length} files\n`)
  return files
}

/** Runs node:test files, a process each; their report goes to stdout as the runner writes it. */
async function runTests(files: readonly string[], tally: Tally, concurrency: number): Promise<void> {
  const stream = run({ files, concurrency })
  stream.on('test:pass', (event) => {
    if (event.skip !== undefined)
      tally.skipped.push(`${event.name}: ${event.skip === true ? 'no reason given' : event.skip}`)
    else if (event.details.type !== 'suite') tally.passed += 1
  })
  stream.on('test:fail', ({ name, file, details }) => {
    const { error, type } = details as { error: Error & { failureType?: string }; type?: string }
    // A suite that failed only because of its tests is counted by them; one that threw by itself is not.
    if (type === 'suite' && error.failureType === 'subtestsFailed') return
    tally.failed.push(`${name} (${relative('.', file ?? '')}): ${inspect(error.cause ?? error).slice(0, shownChars)}`)
  })
  await new Promise<void>((resolve, reject) => {
    stream.compose(spec).on('end', resolve).on('error', reject).pipe(process.stdout, { end: false })
  })
}

function command(
  name: string,
  args: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<number> {
  process.stdout.write(`\n=== ${name} ${args.join(' ')}\n`)
  return new Promise((resolve, reject) => {
    const child = spawn(name, args, { stdio: ['ignore', 'inherit', 'inherit'], ...options })
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 1))
  })
}

function book(tally: Tally, name: string, code: number): void {
  if (code === 0) tally.passed += 1
  else tally.failed.push(`${name} ended with ${code}`)
  process.stdout.write(`${code === 0 ? 'ok' : 'FAILED'}: ${name}\n`)
}

/** Where CI is set a lane that cannot run is a failure: the recipes can provide what it needs. */
function skip(tally: Tally, name: string, reason: string): void {
  tally.skipped.push(`${name}: ${reason}`)
  if (process.env.CI) tally.failed.push(`${name}: ${reason}`)
}
