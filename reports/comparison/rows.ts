import { type Figures, plainText } from '../figures.ts'
import type { Comparison, ComparisonMetric, Effect } from '../schema/comparison.ts'
import { intervalAt, metricIndex, valueAt } from './page.ts'

/** One effect as cells of text, for the terminal and Markdown. */
export interface EffectRow {
  readonly metric: string
  readonly pair: string
  readonly medians: string
  readonly ratio: string
  readonly interval: string
  readonly holmP: string
  readonly decision: Effect['decision']
}

export function effectRows(figures: Figures<Comparison>): EffectRow[] {
  const { effects, metrics } = figures.result
  return effects.map((effect, index) => {
    const at = `/effects/${index}`
    const metric = metrics[metricIndex(figures.result, effect.metric)] as ComparisonMetric
    const [own, other] = [0, 1].map((side) => plainText(valueAt(figures, metric, `${at}/medians/${side}`)))
    return {
      metric: metric.title,
      pair: `${effect.arm} / ${effect.baseline}`,
      medians: `${own} / ${other}`,
      ratio: plainText([figures.at(`${at}/ratio`, 'ratio')]),
      interval: plainText(intervalAt(figures, at)),
      holmP: plainText([figures.at(`${at}/holmP`, 'p')]),
      decision: effect.decision,
    }
  })
}

/** What a reader must know before any figure: what is missing and what does not count, gravest first. */
export function caveats({ partial, arms, runs, warnings }: Comparison): [string, string][] {
  const lines: [string, string][] = partial === null ? [] : [['partial', partial]]
  for (const { name, missed, problem, compatibleFlags, floorOnly } of arms) {
    if (problem !== null) lines.push(['not whole', `${name}: ${problem}`])
    if (missed !== null) lines.push(['missed SLO', `${name}: ${missed}; its cost is not compared`])
    if (!floorOnly) lines.push(...compatibleFlags.map((flag): [string, string] => ['engine', `${name}: ${flag}`]))
  }
  for (const { id, excluded } of runs) if (excluded !== null) lines.push(['not counted', `${id}: ${excluded}`])
  return [...lines, ...warnings.map((warning): [string, string] => ['warning', warning])]
}

export const title = ({ factor, arms, workload }: Comparison): string => {
  const names = arms.filter((arm) => !arm.floorOnly).map((arm) => arm.name)
  return `${factor}: ${names.join(' vs ')}, ${workload.scenario}`
}
