/** Core sets of a series, the same in every arm: chosen before it begins, and told of its runs. */
import { formatCoreList, type MachineCores } from '../../compose/native/cores.ts'
import { formatMemory } from '../../reports/format.ts'
import type { Comparison } from '../../reports/schema/comparison.ts'
import type { ComponentResources, Result } from '../../reports/schema/result.ts'
import { partsOf } from '../run/cores.ts'

/** Below this many a core taken from the system would be too large a part of it. */
const fewestToSplit = 4

export interface ChosenCores {
  /** Values of `--cores` for every run. */
  readonly flags: readonly string[]
  /** What was chosen and why, for whoever starts the series. */
  readonly told: string
}

/** `given` is what was written behind `--cores`; nothing written is `auto`. */
export function chooseCores(given: readonly string[], machine: MachineCores, problems: string[]): ChosenCores {
  const word = given.find((text) => text === 'auto' || text === 'none')
  if (word !== undefined && given.length > 1) problems.push(`--cores=${word} says it all: leave out the other --cores`)
  if (word === 'none') return { flags: [], told: 'nothing is pinned, as asked for' }
  if (word === undefined && given.length > 0) return { flags: given, told: `${given.join(' ')}, as asked for` }
  return automatic(machine)
}

/** The last quarter of the cores for the load generator, so that no arm can make it late; the rest is shared. */
function automatic({ allowed, obstacle }: MachineCores): ChosenCores {
  if (obstacle !== null || allowed === null) return { flags: [], told: `nothing is pinned: ${obstacle}` }
  const list = formatCoreList(allowed)
  if (allowed.length < fewestToSplit) {
    const why = `with ${allowed.length} of them there is none to spare for the load generator (${fewestToSplit} are needed)`
    return { flags: [], told: `nothing is pinned, every component shares ${list}: ${why}` }
  }
  const at = allowed.length - Math.floor(allowed.length / 4)
  const [shared, own] = [formatCoreList(allowed.slice(0, at)), formatCoreList(allowed.slice(at))]
  return { flags: [`generator=${own}`, `*=${shared}`], told: `generator ${own}, all others ${shared}` }
}

export const notOurs = 'not ours to pin'

/** The cores of one component as they were read while it ran. */
export const coresText = ({ measured, cores }: Pick<ComponentResources, 'measured' | 'cores'>): string =>
  measured ? (cores ?? 'not told by this system') : notOurs

export const memoryText = ({ memory }: Pick<ComponentResources, 'memory'>): string =>
  memory.map(({ what, bytes }) => `${what} ${formatMemory(bytes)}`).join(', ')

/** What each component of a run was allowed, in words. */
export function limitsOf(result: Result | null): Comparison['arms'][number]['limits'] {
  return (result?.resources.components ?? []).map((component) => {
    const memory = memoryText(component) || (component.measured ? 'no limit set by the lab' : 'not ours to limit')
    return { component: component.name, limit: `cores: ${coresText(component)}; memory: ${memory}` }
  })
}

/** One line for all runs of a comparison: `generator 3; all others 0-2`. */
export function coresLine(results: readonly Result[]): string {
  const found = new Map<string, Set<string>>()
  for (const { resources, target } of results)
    for (const component of resources.components)
      for (const part of partsOf(component.name, target.backend))
        found.set(part, (found.get(part) ?? new Set()).add(coresText(component)))
  const byCores = Map.groupBy(found.keys(), (part) => [...found.get(part)!].join(' in some runs, in others '))
  const [most, ...fewer] = [...byCores].sort(([, a], [, b]) => b.length - a.length)
  if (most === undefined) return 'no run tells'
  const rest = `${fewer.length === 0 ? 'every component' : 'all others'} ${most[0]}`
  return [...fewer.map(([cores, parts]) => `${parts.join(', ')} ${cores}`), rest].join('; ')
}
