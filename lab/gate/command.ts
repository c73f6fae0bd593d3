import { writeFile } from 'node:fs/promises'
import { toJUnit } from '../../reports/junit.ts'
import { toMarkdown } from '../../reports/markdown.ts'
import { regressionJUnit } from '../../reports/regression/junit.ts'
import { regressionMarkdown } from '../../reports/regression/markdown.ts'
import { type RegressionReport, toJson } from '../../reports/regression/report.ts'
import { regressionTerminal } from '../../reports/regression/terminal.ts'
import type { Result } from '../../reports/schema/result.ts'
import { readComparison } from '../../reports/schema/validate.ts'
import { type TerminalOptions, toTerminal } from '../../reports/terminal.ts'
import { type FinishedFile, readDocument, readFinished, repeatedRuns } from '../finished/read.ts'
import { exitCodes } from '../judge/verdict.ts'
import type { Io } from '../run/execute.ts'
import { against, type Question } from './against.ts'
import { type GateOptions, readOptions, usage } from './options.ts'
import { rejudge } from './rejudge.ts'

type GateIo = Pick<Io, 'stdout' | 'stderr' | 'env'>

/** Resolves to the exit code of measuring.md section 5. */
export async function gateCommand(args: readonly string[], io: GateIo): Promise<number> {
  const problems: string[] = []
  const options = readOptions(args, problems)
  if (options === null) {
    io.stdout.write(usage)
    return exitCodes.PASS
  }
  const answer = await answerTo(options, problems)
  if (answer === null) {
    io.stderr.write(`${problems.join('\n')}\nnpm run gate -- --help lists every option.\n`)
    return exitCodes.usage
  }
  try {
    if (options.junit !== null) await writeFile(options.junit, answer.junit())
    if (options.markdown !== null) await writeFile(options.markdown, answer.markdown())
  } catch (error) {
    io.stderr.write(`A file could not be written: ${(error as Error).message}\n`)
    return exitCodes.usage
  }
  const color = io.stdout.isTTY === true && io.env.NO_COLOR === undefined
  io.stdout.write(options.json ? answer.json() : answer.terminal({ color, width: io.stdout.columns ?? 100 }))
  return answer.exitCode
}

interface Answer {
  readonly exitCode: number
  readonly junit: () => string
  readonly markdown: () => string
  readonly json: () => string
  readonly terminal: (options: TerminalOptions) => string
}

/** Null when there are problems, all of which are told. */
async function answerTo(options: GateOptions, problems: string[]): Promise<Answer | null> {
  const [baseline, candidate] = [
    await readFinished(options.baselines, problems),
    await readFinished(options.files, problems),
  ]
  const noise = await noiseOf(options, problems)
  problems.push(...repeatedRuns([...baseline, ...candidate]))
  const judged = (runs: readonly FinishedFile[]) => runs.map(({ result }) => rejudge(result, options.slos))
  const sides = { baseline: judged(baseline), candidate: judged(candidate) }
  if (problems.length > 0) return null
  return options.baselines.length === 0
    ? answerAlone(sides.candidate[0]!)
    : answerAgainst(against({ ...options, sides, noise }))
}

async function noiseOf({ noise }: GateOptions, problems: string[]): Promise<Question['noise']> {
  if (noise === null) return null
  const comparison = await readDocument(noise, readComparison, problems)
  if (comparison?.floors.length === 0)
    problems.push(`${noise} has no A/A floor: take a comparison that ran its baseline twice`)
  return comparison
}

function answerAlone(judged: Result): Answer {
  const { run, verdict, slos, validity } = judged
  return {
    exitCode: verdict.exitCode,
    junit: () => toJUnit(judged),
    markdown: () => toMarkdown(judged),
    json: () => `${JSON.stringify({ schema: 'lab.gate/1', run: run.id, verdict, slos, validity })}\n`,
    terminal: (options) => toTerminal(judged, options),
  }
}

function answerAgainst(report: RegressionReport): Answer {
  return {
    exitCode: report.exitCode,
    junit: () => regressionJUnit(report),
    markdown: () => regressionMarkdown(report),
    json: () => toJson(report),
    terminal: (options) => regressionTerminal(report, options),
  }
}
