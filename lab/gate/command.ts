import { readFile, writeFile } from 'node:fs/promises'
import { toJUnit } from '../../reports/junit.ts'
import { toMarkdown } from '../../reports/markdown.ts'
import type { Result } from '../../reports/schema/result.ts'
import { ResultError, readResult } from '../../reports/schema/validate.ts'
import { toTerminal } from '../../reports/terminal.ts'
import { parseSlos } from '../../scenarios/slos.ts'
import { named } from '../judge/slos.ts'
import { exitCodes } from '../judge/verdict.ts'
import type { Io } from '../run/execute.ts'
import { type FlagTable, flagHelp, parseFlags } from '../run/flags.ts'
import { rejudge, unanswerable } from './rejudge.ts'

export const gateFlags = {
  slo: { value: 'p99=250ms', repeatable: true, help: 'objective put over those of the run, as in a run' },
  junit: { value: 'file', help: 'write JUnit XML' },
  markdown: { value: 'file', help: 'write a summary for a pull request' },
  json: { help: 'print one JSON object instead of the table' },
  help: { help: 'print this' },
} as const satisfies FlagTable

const usage = `Usage: npm run gate -- <result.json | report.html> [options]

Judges a finished run again, from its file alone. What is not given by --slo stays as the run had it; the ledger must
be clean whatever the objectives are, and a run that was INVALID stays so.

${flagHelp(gateFlags)}

Exit codes: 0 PASS, 1 FAIL, 2 wrong usage or an unreadable file, 3 INVALID, 130 the run had been stopped.

Example:
  npm run gate -- runs/<id>/report.html --slo=p99=250ms --slo=hold:p99.9=1s --junit=gate.xml
`

/** Resolves to the exit code of measuring.md section 5. */
export async function gateCommand(args: readonly string[], io: Pick<Io, 'stdout' | 'stderr' | 'env'>): Promise<number> {
  const problems: string[] = []
  const { values, positionals } = parseFlags(gateFlags, args, problems)
  if (values.has('help')) {
    io.stdout.write(usage)
    return exitCodes.PASS
  }
  const parsed = parseSlos(values.get('slo') ?? [])
  const slos = named(parsed.slos)
  problems.push(...parsed.problems, ...unanswerable(slos))
  const [file, ...more] = positionals
  if (file === undefined || more.length > 0)
    problems.push(`give one result.json or report.html, not ${positionals.length}`)
  const result =
    file === undefined
      ? null
      : await readFile(file, 'utf8')
          .then(readResult)
          .catch((error: unknown) => {
            problems.push(describeUnreadable(file, error))
            return null
          })
  if (problems.length > 0 || result === null) {
    io.stderr.write(`${problems.join('\n')}\nnpm run gate -- --help lists every option.\n`)
    return exitCodes.usage
  }
  const judged = rejudge(result, slos)
  try {
    await write(values.get('junit')?.[0], () => toJUnit(judged))
    await write(values.get('markdown')?.[0], () => toMarkdown(judged))
  } catch (error) {
    io.stderr.write(`A file could not be written: ${(error as Error).message}\n`)
    return exitCodes.usage
  }
  print(judged, values.has('json'), io)
  return judged.verdict.exitCode
}

function describeUnreadable(file: string, error: unknown): string {
  if (error instanceof ResultError) return `${file}: ${error.message}`
  return `${file} cannot be read: ${(error as Error).message}`
}

async function write(file: string | undefined, text: () => string): Promise<void> {
  if (file !== undefined) await writeFile(file, text())
}

function print(result: Result, json: boolean, io: Pick<Io, 'stdout' | 'env'>): void {
  if (json) {
    const { run, verdict, slos, validity } = result
    io.stdout.write(`${JSON.stringify({ schema: 'lab.gate/1', run: run.id, verdict, slos, validity })}\n`)
    return
  }
  const color = io.stdout.isTTY === true && io.env.NO_COLOR === undefined
  io.stdout.write(toTerminal(result, { color, width: io.stdout.columns ?? 100 }))
}
