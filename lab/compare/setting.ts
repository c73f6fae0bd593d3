import { createHash } from 'node:crypto'
import type { Result } from '../../reports/schema/result.ts'
import { type Edition, roles } from '../../system/editions/edition.ts'
import { type EditionName, editions } from '../../system/editions/index.ts'
import type { FinishedFile } from '../finished/read.ts'
import { type DecisionRules, usualRules } from './decide.ts'
import { partFacts } from './factors.ts'
import type { PlayedSeries } from './play.ts'
import type { PriceSheet } from './prices.ts'
import type { Series, SeriesArm } from './series.ts'

/** A run as it is put side by side, or a place where one should be. */
export interface ShownRun {
  readonly id: string
  readonly order: number
  /** Null for a run that is missing. */
  readonly result: Result | null
  /** Path of its report, relative to the comparison; null where nobody can say. */
  readonly report: string | null
  readonly sha256: string | null
  /** Why it is missing; null when it is there. */
  readonly missing: string | null
}

/** One arm with all that is known of it. */
export interface KnownArm {
  readonly name: string
  /** Its value of the factor. */
  readonly value: string
  /** Name of the arm that it repeats unchanged (A/A); null for an arm of its own. */
  readonly repeats: string | null
  readonly planned: number
  readonly runs: readonly ShownRun[]
}

/** What is compared, in what order it was run, and by which rules it is decided. */
export interface Setting {
  readonly id: string
  readonly startedAt: string
  readonly command: string
  /** An option's name, or a fact's path as `fairness` knows it. */
  readonly factor: string
  readonly rules: DecisionRules
  readonly allowed: readonly string[]
  /** Facts that the arms' editions differ in: known and named before the runs, listed and warned of after them. */
  readonly byDesign: readonly string[]
  readonly prices: PriceSheet | null
  readonly arms: readonly KnownArm[]
  /** Why the series ended early; null when it did not. */
  readonly ended: string | null
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

export function settingOfSeries(series: Series, played: PlayedSeries): Setting {
  const { id, createdAt: startedAt, command, allowed, prices, delta, seed } = series
  const armOf = (arm: SeriesArm): KnownArm => {
    const done = played.runs.filter(({ slot }) => slot.arm.name === arm.name)
    const missing = played.missing.filter(({ slot }) => slot.arm.name === arm.name)
    const shown = [
      ...done.map(({ slot, result, text }): ShownRun => {
        const report = `runs/${slot.runId}/report.html`
        return { id: slot.runId, order: slot.order, result, report, sha256: sha256(text), missing: null }
      }),
      ...missing.map(({ slot, reason }): ShownRun => {
        return { id: slot.runId, order: slot.order, result: null, report: null, sha256: null, missing: reason }
      }),
    ]
    const repeats = arm.floorOnly ? series.arms[0]!.name : null
    const runs = shown.sort((a, b) => a.order - b.order)
    return { name: arm.name, value: arm.value, repeats, planned: series.runs, runs }
  }
  const reasons = { interrupted: 'The series was stopped by hand', environment: 'The series ended early' }
  return {
    id,
    startedAt,
    command,
    factor: series.factor,
    rules: { ...usualRules, delta, seed },
    allowed,
    byDesign: series.factor === 'backend' ? editionFacts(series.arms.map(editionOf)) : [],
    prices,
    arms: series.arms.map(armOf),
    ended: played.stopped === null ? null : reasons[played.stopped],
  }
}

const editionOf = ({ value }: SeriesArm): Edition => editions[value as EditionName]

const logFacts = [
  ...['product', 'version', 'origin', 'durability', 'details'].map((name) => `target/engines/log/${name}`),
  'environment/versions/log',
  ...partFacts('kafka'),
]
/** Engines use memory in ways of their own, which no setting makes alike: told, never refused. */
const storeMemory = 'components/store/memory'

/** What editions differ in besides the store, as `fairness` names it. */
function editionFacts(all: readonly Edition[]): string[] {
  const differ = (of: (edition: Edition) => unknown) => new Set(all.map((each) => JSON.stringify(of(each)))).size > 1
  const knobs = Object.keys(all[0]?.knobs ?? {}) as (keyof Edition['knobs'])[]
  return [
    ...(['pipeline', 'fanout', 'processes'] as const)
      .filter((name) => differ((each) => each[name]))
      .map((name) => `target/${name}`),
    ...(differ(({ fanout }) => fanout) ? ['config/fanout'] : []),
    ...(differ(({ log }) => log) ? logFacts : []),
    ...(differ(({ store }) => store) ? [storeMemory] : []),
    ...(differ(({ store }) => store === 'sqlite') ? ['components/store/cores'] : []),
    ...roles
      .filter((role) => differ((each) => each.processes.some((names) => names.includes(role))))
      .flatMap(partFacts),
    ...knobs.filter((name) => differ(({ knobs }) => knobs[name])).map((name) => `config/knob ${name}`),
  ]
}

export interface FilesCompared {
  readonly id: string
  readonly startedAt: string
  readonly command: string
  readonly delta: number
  readonly allowed: readonly string[]
  readonly prices: PriceSheet | null
  readonly files: readonly FinishedFile[]
}

/** Files in the order given; what is compared is the first option in which they differ, else the commit. */
export function settingOfFiles({ files, delta, ...given }: FilesCompared): Setting {
  const factor = factorOf(files.map(({ result }) => result))
  const arms = Map.groupBy(files, ({ result }) => armValueOf(result, factor))
  return {
    ...given,
    factor,
    byDesign: factor === 'backend' ? [storeMemory] : [],
    rules: { ...usualRules, delta },
    ended: null,
    arms: [...arms].map(([value, members], index): KnownArm => {
      const runs = members.map((member): ShownRun => {
        const { result, sha256 } = member
        return { id: result.run.id, order: files.indexOf(member) + 1, result, report: null, sha256, missing: null }
      })
      return { name: armName(value, factor, index), value, repeats: null, planned: members.length, runs }
    }),
  }
}

/** Two names stand side by side in every table of effects. */
const longestName = 32

/** A whole profile is no name: the value itself stands among the differences. */
const armName = (value: string, factor: string, index: number): string =>
  value.length <= longestName ? value : `${factor} ${String.fromCharCode(65 + index)}`

const commit = 'run/commit'

function factorOf(results: readonly Result[]): string {
  const options = results.flatMap(({ config }) => config.map(({ name }) => name)).filter((name) => name !== 'seed')
  const differs = (factor: string) => new Set(results.map((result) => armValueOf(result, factor))).size > 1
  return ['backend', ...options].find(differs) ?? commit
}

function armValueOf({ run, config }: Result, factor: string): string {
  if (factor === commit) return run.commit ?? 'unknown commit'
  const value = config.find(({ name }) => name === factor)?.value ?? 'absent'
  return factor === 'backend' ? value : `${factor} ${value}`
}
