import { formatSlo, type Slo } from '../../scenarios/slos.ts'
import { faultFacts, faultWords } from '../run/faults.ts'
import { type Drill, definitionOf, needsSwarm, standard } from './drill.ts'

/** What each drill does, needs and judges, as `npm run drill -- list` prints it. */
export function listText(drills: readonly Drill[]): string {
  return `${drills.map(entry).join('\n\n')}\n`
}

function entry(drill: Drill): string {
  const { name, title, steps, gateways } = drill
  const does = steps.map((step) => `${faultWords(step)}, ${step.afterMs / 1000} s into the hold`)
  const why = needsSwarm(drill)
  const needsLog = steps.some(({ kind }) => faultFacts[kind].needsLog)
  const needs = [
    why === undefined
      ? `any --runtime (default ${standard.runtime})`
      : `--runtime=swarm (the default); not offered by the others: ${why}`,
    `gateways: ${gateways.least} or more (default ${gateways.standard})`,
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
  ].join('\n')
}

const rows = (name: string, texts: readonly string[]): string[] =>
  texts.map((text, index) => `  ${(index === 0 ? name : '').padEnd(12)} ${text}`)
