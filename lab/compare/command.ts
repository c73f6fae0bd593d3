import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { comparisonToJUnit } from '../../reports/comparison/junit.ts'
import { comparisonToMarkdown } from '../../reports/comparison/markdown.ts'
import { renderComparisonReport } from '../../reports/comparison/render.ts'
import { comparisonToTerminal } from '../../reports/comparison/terminal.ts'
import { readFinished, repeatedRuns } from '../finished/read.ts'
import { exitCodes } from '../judge/verdict.ts'
import { executeRun, type Io } from '../run/execute.ts'
import { flagHelp } from '../run/flags.ts'
import { commandLine } from '../run/setting.ts'
import { coresLine } from './cores.ts'
import { comparisonOf, resultsOf } from './document.ts'
import { type CompareCommand, compareFlags, type Format, resolveCompare, type SeriesOptions } from './options.ts'
import { type PlayedSeries, playSeries, seriesProblems } from './play.ts'
import { readPrices } from './priceFile.ts'
import type { PriceSheet } from './prices.ts'
import { planSeries, SeriesFolder } from './series.ts'
import { type Setting, settingOfFiles, settingOfSeries } from './setting.ts'

const usage = `Usage: npm run compare -- --backends=mysql,mongo,cassandra [options]
       npm run compare -- --fanouts=kafka,redis --backend=mysql [options]
       npm run compare -- --resume=comparisons/<id>
       npm run compare -- runs/<a>/report.html runs/<b>/report.html

Runs the arms in turns, each run from a fresh data folder, and says which is better, by how much and how sure. Or sets
finished runs side by side, from their reports alone. A series that was stopped goes on with --resume.

${flagHelp(compareFlags)}

Exit codes: 0 the comparison is whole, 2 wrong usage or unreadable files, 3 it is not (too few valid runs, arms that
differ in more than was named), 4 a component is missing or the disk is full, 130 stopped by hand.

Example:
  npm run compare -- --backends=sqlite,mongo --runs=5 --to=2000
`

/** \`npm run compare\`. Resolves to the exit code. */
export async function compareCommand(args: readonly string[], io: Io): Promise<number> {
  const command = resolveCompare(args)
  switch (command.kind) {
    case 'help':
      io.stdout.write(usage)
      return exitCodes.PASS
    case 'problems':
      return refuse(command.problems, io)
    case 'finished':
      return compareFinished(command, args, io)
    case 'resume':
      return resume(command.folder, command.format, io)
    case 'series':
      return begin(command.options, command, args, io)
  }
}

function refuse(problems: readonly string[], io: Io): number {
  const list = problems.map((problem) => `  ${problem.replaceAll('\n', '\n    ')}`).join('\n')
  io.stderr.write(`Nothing was started:\n${list}\nnpm run compare -- --help lists every option.\n`)
  return exitCodes.usage
}

async function begin(
  options: SeriesOptions,
  { format, planOnly }: { readonly format: Format; readonly planOnly: boolean },
  args: readonly string[],
  io: Io,
): Promise<number> {
  const startedAt = new Date().toISOString()
  const id = newId(startedAt)
  const prices = await pricesOf(options.pricesFile)
  if (prices.problems.length > 0) return refuse(prices.problems, io)
  const command = commandLine('compare', args)
  const series = planSeries(options, { id, createdAt: startedAt, command, prices: prices.sheet })
  if (planOnly) {
    io.stdout.write(`${JSON.stringify(series, null, 2)}\n`)
    return exitCodes.PASS
  }
  return play(await SeriesFolder.create(resolve(options.outDir, id), series), format, io)
}

async function resume(path: string, format: Format, io: Io): Promise<number> {
  const folder = await SeriesFolder.open(path).catch((error: Error) => error)
  if (folder instanceof Error) return refuse([folder.message], io)
  const problems = seriesProblems(folder)
  return problems.length > 0 ? refuse(problems, io) : play(folder, format, io)
}

async function play(folder: SeriesFolder, format: Format, io: Io): Promise<number> {
  const stop = new AbortController()
  const unlisten = io.onInterrupt(() => stop.abort())
  io.stderr.write(`Cores: ${folder.series.cores}\n`)
  let played: PlayedSeries
  try {
    played = await playSeries(folder, {
      execute: (run, runId) => executeRun(run, runId, io),
      stop: stop.signal,
      say: (text) => io.stderr.write(`${text}\n`),
    })
  } finally {
    unlisten()
  }
  const resumeWith = `npm run compare -- --resume=${relative(process.cwd(), folder.path)}`
  if (played.stopped !== null) io.stderr.write(`\nThe series is not whole. Go on with: ${resumeWith}\n`)
  const exitCode = await publish(settingOfSeries(folder.series, played), folder.path, format, io)
  if (played.stopped === 'interrupted') return exitCodes.INCOMPLETE
  return played.stopped === 'environment' ? exitCodes.environment : exitCode
}

async function compareFinished(
  { files, delta, allowed, pricesFile, outDir, format }: CompareCommand & { kind: 'finished' },
  args: readonly string[],
  io: Io,
): Promise<number> {
  const { sheet: prices, problems } = await pricesOf(pricesFile)
  const runs = await readFinished(files, problems)
  problems.push(...repeatedRuns(runs))
  if (problems.length > 0) return refuse(problems, io)
  const startedAt = new Date().toISOString()
  const id = newId(startedAt)
  const command = commandLine('compare', args)
  const setting = settingOfFiles({ id, startedAt, command, delta, allowed, prices, files: runs })
  return publish(setting, resolve(outDir, id), format, io)
}

async function pricesOf(file: string | null): Promise<{ sheet: PriceSheet | null; problems: string[] }> {
  const problems: string[] = []
  return { sheet: file === null ? null : await readPrices(file, problems), problems }
}

/** Sorts by time; the tail keeps two of one second apart. */
const newId = (startedAt: string) =>
  `${startedAt.replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15)}-${randomBytes(2).toString('hex')}`

async function publish(setting: Setting, folder: string, format: Format, io: Io): Promise<number> {
  const comparison = comparisonOf(setting)
  await mkdir(folder, { recursive: true })
  const report = join(folder, 'comparison.html')
  await writeFile(join(folder, 'comparison.json'), `${JSON.stringify(comparison)}\n`)
  await writeFile(report, renderComparisonReport(comparison))
  const color = io.stdout.isTTY === true && io.env.NO_COLOR === undefined
  const shown: Readonly<Record<Format, () => string>> = {
    table: () => comparisonToTerminal(comparison, { color, width: io.stdout.columns ?? 100 }),
    markdown: () => comparisonToMarkdown(comparison),
    json: () => `${JSON.stringify(comparison)}\n`,
    junit: () => comparisonToJUnit(comparison),
  }
  io.stdout.write(shown[format]())
  io.stderr.write(
    `\nCores while the runs ran: ${coresLine(setting.arms.flatMap(resultsOf))}\nReport: ${relative(process.cwd(), report)}\n`,
  )
  return comparison.partial === null ? exitCodes.PASS : exitCodes.INVALID
}
