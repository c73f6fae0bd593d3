import { parseSlos } from '../../scenarios/slos.ts'
import { named, type Slo } from '../judge/slos.ts'
import { type FlagTable, type FlagValues, flagHelp, parseFlags } from '../run/flags.ts'
import { parseLimits, type RegressionLimit } from './limits.ts'
import { unanswerable } from './rejudge.ts'

const gateFlags = {
  slo: { value: 'p99=250ms', repeatable: true, help: 'objective put over those of the run, as in a run' },
  baseline: { value: 'file', repeatable: true, help: 'a run that the others are measured against' },
  'max-regression': {
    value: 'p99=1.15x',
    repeatable: true,
    help: 'how much larger a figure may be: an SLO’s figure or cpu, as a ratio or 15%',
  },
  noise: { value: 'file', help: 'a comparison whose A/A floor is used where a side has fewer than 5 runs' },
  undecided: { value: 'fail|pass', help: 'what a figure counts as that nobody can tell (default: exit 3)' },
  'allow-difference': { value: 'name', repeatable: true, help: 'a further difference between the sides that is meant' },
  junit: { value: 'file', help: 'write JUnit XML' },
  markdown: { value: 'file', help: 'write a summary for a pull request' },
  json: { help: 'print one JSON object instead of the table' },
  help: { help: 'print this' },
} as const satisfies FlagTable

export const usage = `Usage: npm run gate -- <result.json | report.html> [options]
       npm run gate -- --baseline=<run> ... --max-regression=p99=1.15x <run> ... [options]

Judges a finished run again, from its file alone. What is not given by --slo stays as the run had it; the ledger must
be clean whatever the objectives are, and a run that was INVALID stays so.

With --baseline the runs given are also measured against runs of the code before. A figure has regressed when it is
beyond its limit and beyond what the noise allows: the whole 95 % interval of the ratio of medians, from at least 5 runs
a side, else the A/A floor of the comparison given by --noise around the ratio. With neither nobody can tell. Runs that
differ in more than their commit are refused.

${flagHelp(gateFlags)}

Exit codes: 0 PASS, 1 FAIL (a missed SLO or a regression), 2 wrong usage or an unreadable file, 3 INVALID, must not be
compared, or cannot tell (--undecided makes the last one 0 or 1), 130 the run had been stopped.

Examples:
  npm run gate -- runs/<id>/report.html --slo=p99=250ms --slo=hold:p99.9=1s --junit=gate.xml
  npm run gate -- --baseline=main-1.html ... --baseline=main-5.html --max-regression=p99=1.15x --max-regression=cpu=1.2x \\
    new-1.html ... new-5.html --junit=gate.xml
`

export interface GateOptions {
  readonly slos: readonly Slo[]
  readonly files: readonly string[]
  /** Files of the runs to measure against; empty: the one run is judged alone. */
  readonly baselines: readonly string[]
  readonly limits: readonly RegressionLimit[]
  readonly noise: string | null
  readonly undecided: 'fail' | 'pass' | null
  readonly allowed: readonly string[]
  readonly junit: string | null
  readonly markdown: string | null
  readonly json: boolean
}

/** Null for `--help`. Pushes every problem. */
export function readOptions(args: readonly string[], problems: string[]): GateOptions | null {
  const { values, positionals } = parseFlags(gateFlags, args, problems)
  if (values.has('help')) return null
  const parsed = parseSlos(values.get('slo') ?? [])
  const slos = named(parsed.slos)
  const { limits, problems: limitProblems } = parseLimits(values.get('max-regression') ?? [])
  problems.push(...parsed.problems, ...unanswerable(slos), ...limitProblems)
  const first = (name: string) => values.get(name)?.[0] ?? null
  checkSides(values, positionals, problems)
  return {
    slos,
    files: positionals,
    baselines: values.get('baseline') ?? [],
    limits,
    noise: first('noise'),
    undecided: undecidedOf(first('undecided'), problems),
    allowed: values.get('allow-difference') ?? [],
    junit: first('junit'),
    markdown: first('markdown'),
    json: values.has('json'),
  }
}

const ofBaseline = ['max-regression', 'noise', 'undecided', 'allow-difference'] as const

function checkSides(values: FlagValues, files: readonly string[], problems: string[]): void {
  if (values.has('baseline')) {
    if (files.length === 0) problems.push('give the runs to measure against --baseline: result.json or report.html')
    if (!values.has('max-regression')) problems.push('--baseline needs at least one --max-regression=p99=1.15x')
    return
  }
  if (files.length !== 1)
    problems.push(`give one result.json or report.html, not ${files.length}; several need a --baseline`)
  for (const name of ofBaseline) if (values.has(name)) problems.push(`--${name} means nothing without --baseline`)
}

function undecidedOf(given: string | null, problems: string[]): GateOptions['undecided'] {
  if (given === null || given === 'fail' || given === 'pass') return given
  problems.push(`--undecided=${given} is neither fail nor pass`)
  return null
}
