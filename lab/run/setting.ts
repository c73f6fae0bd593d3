import type { Definition } from '../../scenarios/definitions/definition.ts'
import type { Profile } from '../../scenarios/profiles.ts'
import type { Slo } from '../../scenarios/slos.ts'
import type { FanoutKind } from '../../system/editions/edition.ts'
import type { EditionName } from '../../system/editions/index.ts'
import type { PlannedFault } from './faults.ts'
import type { Runtime } from './target.ts'

/** Unanswered messages are bounded by an objective of their own (measuring.md section 4). */
export const indeterminate: Slo = {
  metric: 'indeterminate',
  phase: 'measured',
  quantile: null,
  bound: 0.001,
  unit: 'ratio',
}

/** What a command brings along beside its scenario. */
export interface Setting {
  /** Of the edition, where its own do not fit. */
  readonly knobs: Readonly<Record<string, number>>
  readonly backend: EditionName
  readonly runtime: Runtime
  readonly gateways: number
  /** Null: the edition's own. */
  readonly fanout: FanoutKind | null
  /** What is done to the target beside what `--fault` says. */
  readonly faults: (profile: Profile) => readonly PlannedFault[]
  /** One line that repeats the run. */
  readonly command: (args: readonly string[]) => string
}

export const plainSetting = ({ name }: Definition): Setting => ({
  backend: 'sqlite',
  runtime: 'native',
  gateways: 1,
  knobs: {},
  fanout: null,
  faults: () => [],
  command: (args) => commandLine(name, args),
})

/** Quoted where a shell would split or expand it. */
const quoted = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)

/** The command, without what changes no figure: how the outcome is shown, and where on this machine it is kept. */
export function commandLine(scenario: string, args: readonly string[]): string {
  const kept = args.filter(
    (arg, index) => !/^--(open|json|plan|out|out=.*|format=.*)$/s.test(arg) && args[index - 1] !== '--out',
  )
  return [`npm run ${scenario}`, ...(kept.length === 0 ? [] : ['--']), ...kept.map(quoted)].join(' ')
}
