import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ProcessExit, RunningProcess, Session } from '../../compose/component.ts'
import { type LedgerFile, readLedger } from '../ledger/file.ts'
import { type GeneratorSums, parseGeneratorSums } from '../measure/generator.ts'
import { Intervals, readIntervals } from '../measure/intervals.ts'
import { readTimeline, type Timeline } from '../measure/timeline.ts'

/** A load generator at work: k6 with our extension. */
export interface RunningGenerator {
  readonly process: RunningProcess
  readonly timelineFile: string
  readonly exited: Promise<ProcessExit>
  /** Asks it to write what it has and end. Safe when it has ended already. */
  interrupt(): void
}

/** Resolves when k6 runs; its fleet connects after that. */
export async function startGenerator(
  session: Session,
  k6: string,
  entry: string,
  planFile: string,
  outDir: string,
): Promise<RunningGenerator> {
  const script = fileURLToPath(new URL(`../../scenarios/${entry}`, import.meta.url))
  const running = await session.spawn({
    name: 'generator',
    command: k6,
    args: ['run', '--quiet', '--summary-mode=disabled', script],
    env: { LAB_PLAN: planFile, K6_NO_USAGE_REPORT: 'true', K6_AUTO_EXTENSION_RESOLUTION: 'false' },
  })
  let ended = false
  void running.exited.then(() => {
    ended = true
  })
  return {
    process: running,
    timelineFile: join(outDir, 'timeline.ndjson'),
    exited: running.exited,
    interrupt: () => {
      if (ended) return
      try {
        process.kill(running.pid, 'SIGINT')
      } catch {
        // It has ended and we were not told yet.
      }
    },
  }
}

/** Everything a generator left behind. What is missing or cut short is null, and `problems` says so. */
export interface GeneratorOutput {
  readonly sums: GeneratorSums | null
  readonly ledger: LedgerFile | null
  readonly latency: Intervals
  readonly timeline: Timeline
  readonly problems: readonly string[]
}

export async function readGeneratorOutput(outDir: string): Promise<GeneratorOutput> {
  const problems: string[] = []
  const read = async <T>(name: string, parse: (bytes: Buffer) => T): Promise<T | null> => {
    const file = join(outDir, name)
    if (!existsSync(file)) {
      problems.push(`the generator left no ${name}`)
      return null
    }
    try {
      return parse(await readFile(file))
    } catch (error) {
      problems.push(`${name} cannot be read: ${(error as Error).message}`)
      return null
    }
  }
  return {
    sums: await read('generator.json', (bytes) => parseGeneratorSums(bytes.toString())),
    ledger: await read('ledger.bin', readLedger),
    latency: (await read('latency.hlog', (bytes) => readIntervals(bytes.toString()))) ?? new Intervals(),
    timeline: (await read('timeline.ndjson', (bytes) => readTimeline(bytes.toString()))) ?? readTimeline(''),
    problems,
  }
}
