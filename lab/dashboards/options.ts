import { chooseFrom, type FlagTable, flagHelp, parseFlags } from '../run/flags.ts'
import { parseCount } from '../run/quantities.ts'

/** The command line of `npm run dashboards`. Every problem is told at once. */

const flags = {
  build: {
    check: { help: 'write nothing; exit code 1 when a file is not what its source says' },
    help: { help: 'print this' },
  },
  check: {
    run: {
      value: 'runs/<id>',
      repeatable: true,
      help: 'a finished run to check against (default: two new ones, SQLite and MongoDB)',
    },
    out: { value: 'folder', help: 'where new runs go (default runs)' },
    help: { help: 'print this' },
  },
  open: {
    'no-browser': { help: 'print the address only' },
    port: { value: 'n', help: 'port of the page (default: any free one)' },
    url: { value: 'address', help: 'a Prometheus that watches a chat now: npm run stack -- status tells it' },
    out: { value: 'folder', help: 'where to look for a run that is going on (default runs)' },
    help: { help: 'print this' },
  },
} as const satisfies Record<string, FlagTable>

export type Command =
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'problems'; readonly problems: readonly string[] }
  | { readonly kind: 'build'; readonly onlyCheck: boolean }
  | { readonly kind: 'check'; readonly folders: readonly string[]; readonly outDir: string }
  | {
      readonly kind: 'open'
      readonly folders: readonly string[]
      readonly browser: boolean
      readonly port: number
      readonly outDir: string
      /** Of a Prometheus, or null. */
      readonly url: string | null
    }

const names = Object.keys(flags) as (keyof typeof flags)[]

export function parseCommand(args: readonly string[]): Command {
  const [name = '', ...rest] = args
  if (name === '--help' || name === '-h') return { kind: 'help', text: help() }
  const known = names.find((candidate) => candidate === name)
  if (known === undefined) {
    const problem =
      name === '' ? `say what to do: ${names.join(', ')}` : `there is no "${name}"${chooseFrom(name, names)}`
    return { kind: 'problems', problems: [problem] }
  }
  const problems: string[] = []
  const { values, positionals } = parseFlags(flags[known], rest, problems)
  if (values.has('help')) return { kind: 'help', text: help() }
  if (known !== 'open') for (const word of positionals) problems.push(`"${word}" is no option; options begin with --`)
  const port = portOf(values.get('port')?.[0], problems)
  const url = values.get('url')?.[0] ?? null
  if (url !== null && !/^https?:/.test(URL.parse(url)?.protocol ?? ''))
    problems.push(`--url=${url}: an address is needed, as http://127.0.0.1:9090`)
  if (url !== null && positionals.length > 0) problems.push('--url and folders of runs exclude each other')
  if (problems.length > 0) return { kind: 'problems', problems }
  const outDir = values.get('out')?.[0] ?? 'runs'
  if (known === 'build') return { kind: 'build', onlyCheck: values.has('check') }
  if (known === 'check') return { kind: 'check', folders: values.get('run') ?? [], outDir }
  return { kind: 'open', folders: positionals, browser: !values.has('no-browser'), port, outDir, url }
}

function portOf(text: string | undefined, problems: string[]): number {
  if (text === undefined) return 0
  const port = parseCount(text)
  if (port !== null && port <= 65_535) return port
  problems.push(`--port=${text}: a whole number from 0 to 65535 is needed`)
  return 0
}

const help = (): string => `Usage: npm run dashboards -- build | check | open [runs/<id> ...] [options]

build   writes dashboards/built/: Grafana's JSON of each board and what provisions it in a stack
${flagHelp(flags.build)}

check   runs every query of every panel against the Prometheus data of real runs, and lists each panel that is empty,
        fails or shows another unit than it says
${flagHelp(flags.check)}

open    shows the boards of finished runs, of the one that is going on, or of a stack (--url): in a Grafana where there is one
        (GRAFANA_URL with GRAFANA_TOKEN, or grafana-server on PATH), otherwise on a page of its own. Ctrl-C ends it
${flagHelp(flags.open)}

Exit codes: 0 all is well, 1 a panel or a built file is wrong, 2 wrong usage, 4 something is missing or did not start,
130 stopped by hand.
`
