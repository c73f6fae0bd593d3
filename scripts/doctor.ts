/** `npm run doctor`: what this machine can run, what would be provisioned, how big it is, and what is missing. */
import { parseArgs } from 'node:util'
import { closest, distance } from 'fastest-levenshtein'
import { type Survey, type SurveyedComponent, survey } from '../compose/native/survey.ts'

const OPTIONS = {
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const
const FLAGS = Object.keys(OPTIONS).map((name) => `--${name}`)
/** What each backend needs; tool chains only matter where a component says so itself. */
const BACKENDS = {
  mongo: ['node', 'k6', 'kafka', 'mongo'],
  mysql: ['node', 'k6', 'kafka', 'mysql'],
  postgres: ['node', 'k6', 'kafka', 'postgres'],
  cassandra: ['node', 'k6', 'kafka', 'cassandra'],
} as const
const EXIT = { ok: 0, usage: 2, environment: 4 } as const

const HELP = `npm run doctor -- [--json]

Says what this machine can run, without starting or fetching anything.
  --json   one JSON object on standard output instead of the table
  --help   this text

Exit code 0 when the embedded default (npm run spike) can run here, 4 when something it needs is missing,
2 when the command line is wrong.
`

export interface Output {
  readonly stdout: { write(text: string): unknown }
  readonly stderr: { write(text: string): unknown }
  readonly env: Readonly<Record<string, string | undefined>>
}

export async function main(args: string[], output: Output = process): Promise<number> {
  const { values, problems } = parse(args)
  if (problems.length > 0) {
    output.stderr.write(`${problems.join('\n')}\n\n${HELP}`)
    return EXIT.usage
  }
  if (values.help) {
    output.stdout.write(HELP)
    return EXIT.ok
  }
  const found = await survey(output.env, new AbortController().signal)
  output.stdout.write(values.json ? `${JSON.stringify({ schema: 'lab.doctor/1', ...found }, null, 2)}\n` : table(found))
  return found.embeddedCanRun ? EXIT.ok : EXIT.environment
}

/** Every problem of the command line at once, each with the nearest flag where one is near. */
function parse(args: string[]) {
  const { values, tokens } = parseArgs({ args, options: OPTIONS, strict: false, allowPositionals: true, tokens: true })
  const problems: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') problems.push(`Unexpected argument: ${token.value}`)
    if (token.kind !== 'option') continue
    if (!(token.name in OPTIONS)) problems.push(`Unknown flag: ${token.rawName}${suggestion(token.rawName)}`)
    else if (token.inlineValue) problems.push(`${token.rawName} takes no value, and got ${token.value}`)
  }
  return { values, problems }
}

function suggestion(flag: string): string {
  const near = closest(flag, FLAGS)
  return distance(flag, near) <= 3 ? `. Did you mean ${near}?` : ''
}

const size = (bytes: number | undefined | null): string => {
  if (bytes === undefined || bytes === null) return ''
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`
}

const HEAD = ['component', 'state', 'download', 'disk', 'time', 'needed by']

const row = (component: SurveyedComponent): string[] => [
  component.name,
  component.state,
  size(component.downloadBytes),
  size(component.diskBytes),
  component.buildSeconds === undefined ? '' : `${component.buildSeconds} s`,
  component.neededBy,
]

function table({ machine, components, warnings, embeddedCanRun }: Survey): string {
  const rows = components.map(row)
  const widths = HEAD.map((title, column) => Math.max(title.length, ...rows.map((cells) => cells[column]?.length ?? 0)))
  const line = (cells: string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  const body = components.flatMap((component, index) => [line(rows[index] ?? []), `    ${component.detail}`])
  const absent = new Set(components.filter(({ state }) => state === 'missing').map(({ name }) => name))
  const backends = Object.entries(BACKENDS).map(([backend, needs]) => {
    const missing = needs.filter((name) => absent.has(name))
    const verdict = embeddedCanRun && missing.length === 0 ? 'can run' : `cannot run: ${missing.join(', ')} missing`
    return `${`npm run spike -- --backend=${backend}`.padEnd(39)}${verdict}`
  })
  return [
    `${machine.system}, ${machine.cores} cores (${machine.cpuModel}), ${size(machine.memoryBytes)} of memory`,
    `cache ${machine.cacheDir}, ${size(machine.freeDiskBytes) || 'unknown'} free; open files ${machine.openFilesLimit ?? 'unknown'}`,
    '',
    line(HEAD),
    ...body,
    '',
    ...warnings.map((warning) => `warning: ${warning}`),
    `${'npm run spike'.padEnd(39)}${embeddedCanRun ? 'can run' : 'cannot run'}`,
    ...backends,
    '',
  ].join('\n')
}
