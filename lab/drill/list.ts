import { formatSlo, type Slo } from '../../scenarios/slos.ts'
import { faultFacts, faultWords } from '../run/faults.ts'
import { runtimes } from '../run/target.ts'
import { type Drill, definitionOf, offeredOn } from './drill.ts'

/** What each drill does, needs and judges, as `npm run drill -- list` prints it. */
export function listText(drills: readonly Drill[]): string {
  return `${drills.map(entry).join('\n\n')}\n`
}

function entry(drill: Drill): string {
  const { name, title, steps, gateways } = drill
  const does = steps.map((step) => `${faultWords(step)}, ${step.afterMs / 1000} s into the hold`)
  const needsLog = steps.some(({ kind }) => faultFacts[kind].needsLog)
  const needs = [
    `--runtime=${offeredOn(drill).join('|')}`,
    `${gateways.least} gateways or more (default ${gateways.standard})`,
    ...(drill.fanout === undefined ? [] : [`--fanout=${drill.fanout} (its default)`]),
    ...(needsLog ? ['a backend with a log: all but sqlite'] : []),
  ]
  const judges = [...definitionOf(drill).slos.map((slo: Slo) => formatSlo(slo)), "the ledger's counters: all 0"]
  return [
    name,
    `  ${title}.`,
    ...rows('does', does),
    ...rows('needs', needs),
    ...rows('judges', [judges.join(', ')]),
    ...rows('not offered', missing(drill)),
  ].join('\n')
}

const rows = (name: string, texts: readonly string[]): string[] =>
  texts.map((text, index) => `  ${(index === 0 ? name : '').padEnd(12)} ${text}`)

function missing(drill: Drill): string[] {
  return runtimes
    .filter((runtime) => !offeredOn(drill).includes(runtime))
    .map((runtime) => {
      const why = drill.steps.flatMap(({ kind }) => faultFacts[kind].notNative ?? [])[0]
      return `${runtime}: ${why}`
    })
}
