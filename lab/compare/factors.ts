import { formatCoreList, parseCoreList } from '../../compose/native/cores.ts'
import type { Result } from '../../reports/schema/result.ts'
import { labProcess, partsOf, placedParts } from '../run/cores.ts'
import { coresText, memoryText } from './cores.ts'

/** The finished runs of one arm. */
export interface ArmResults {
  readonly name: string
  readonly results: readonly Result[]
}

/**
 * One fact in which the arms are not all alike. `factor`: what is compared. `follows`: cannot be otherwise once the
 * factor differs. `other`: makes the comparison one of two things at once.
 */
export interface Difference {
  /** Path of the fact: `config/gateways`, `environment/kernel`, `target/engines/log/version`. */
  readonly fact: string
  readonly kind: 'factor' | 'follows' | 'other'
  /** By arm, in the order given: its values over its runs, `absent` where a run has no such fact. */
  readonly values: readonly { readonly arm: string; readonly found: readonly string[] }[]
  /** The runs of one arm differ among themselves; never right, whatever the factor. */
  readonly withinArm: boolean
}

export interface FairnessReport {
  readonly factor: string
  /** False: the arms do not differ in what they are said to differ in. */
  readonly factorDiffers: boolean
  readonly differences: readonly Difference[]
  /** Differences of kind `other` that nobody allowed: the comparison must not be made. */
  readonly refused: readonly Difference[]
  /** Facts allowed that do not differ: a typing error is more likely than foresight. */
  readonly needless: readonly string[]
}

export const absent = 'absent'

/** What is known of the engine of a role, all of which is absent where nothing has that role. */
function engineFacts(role: string): string[] {
  const facts = ['product', 'version', 'compatibleWith', 'details', 'origin', 'durability']
  return [...facts.map((fact) => `target/engines/${role}/${fact}`), `environment/versions/${role}`]
}

/** What a part may use, where only some arms have it. */
export const partFacts = (part: string): string[] => ['cores', 'memory'].map((name) => `components/${part}/${name}`)

/**
 * Facts that follow from a factor by nature. A pipeline, a fan-out, a process layout or a knob does not follow from a
 * store: another choice would have been possible, so it is listed.
 */
const consequences: Readonly<Record<string, readonly string[]>> = {
  'config/backend': [
    'target/title',
    'target/backend',
    'target/edition',
    'target/schemaVersion',
    'target/compatibleFlags',
    'target/engines/store/product',
    'target/engines/store/version',
    'target/engines/store/compatibleWith',
    'target/engines/store/details',
    'environment/versions/store',
    'environment/versions/storeImage',
    'environment/versions/driver',
  ],
  'config/runtime': [
    'target/runtime',
    'target/processes',
    'target/engines/store/origin',
    'target/engines/log/origin',
    'environment/versions/docker',
    'environment/versions/logImage',
    'environment/versions/redisImage',
    'environment/versions/storeImage',
    'target/cores',
    // A container is bounded as a whole, a native process by its engine's own settings.
    ...[...placedParts, 'edge', 'docker'].flatMap((part) => [`components/${part}/cores`, `components/${part}/memory`]),
  ],
  'config/fanout': [
    'target/fanout',
    'target/compatibleFlags',
    'target/processes',
    ...engineFacts('fanout'),
    ...partFacts('redis'),
    'environment/versions/redisImage',
    ...partFacts('relay'),
  ],
  'config/cache': [
    'target/compatibleFlags',
    ...engineFacts('cache'),
    ...partFacts('redis'),
    'environment/versions/redisImage',
  ],
  'run/commit': ['run/labVersion'],
  'config/gateways': ['target/processes'],
  'config/brokers': ['target/engines/log/details', 'components/kafka/memory'],
  'config/cores': ['target/cores', ...placedParts.map((part) => `components/${part}/cores`)],
  ...Object.fromEntries(
    ['fromRate', 'toRate', 'warmUpMs', 'baseMs', 'riseMs', 'holdMs', 'fallMs', 'recoveryMs'].map((option) => [
      `config/${option}`,
      ['config/profile'],
    ]),
  ),
}

/**
 * Compares all that is known of the runs' set-up. `factor` is an option's name (`backend`, `gateways`, `knob lingerMs`)
 * or a fact's path (`run/commit`); `allowed` are facts' paths, or options' names, that may differ and are listed.
 */
export function fairness(arms: readonly ArmResults[], factor: string, allowed: readonly string[] = []): FairnessReport {
  const factorFact = factOf(factor)
  const permitted = allowed.map(factOf)
  const differences = differencesOf(arms, factorFact)
  const others = differences.filter(({ kind }) => kind === 'other')
  return {
    factor: factorFact,
    factorDiffers: differences.some(({ kind }) => kind === 'factor'),
    differences,
    refused: others.filter(({ fact }) => !permitted.includes(fact)),
    needless: permitted.filter((fact) => !others.some((difference) => difference.fact === fact)),
  }
}

const factOf = (name: string): string => (name.includes('/') ? name : `config/${name}`)

function differencesOf(arms: readonly ArmResults[], factor: string): Difference[] {
  // An arm without a run differs in nothing that anybody knows.
  const known = arms.filter(({ results }) => results.length > 0)
  const facts = known.map(({ name, results }) => ({ name, runs: results.map(factsOf) }))
  const names = new Set(facts.flatMap(({ runs }) => runs.flatMap((run) => [...run.keys()])))
  return [...names].flatMap((fact): Difference[] => {
    const values = facts.map(({ name, runs }) => ({
      arm: name,
      found: [...new Set(runs.map((run) => run.get(fact) ?? absent))].sort(),
    }))
    const withinArm = values.some(({ found }) => found.length > 1)
    const alike = new Set(values.map(({ found }) => JSON.stringify(found))).size <= 1
    return alike && !withinArm ? [] : [{ fact, kind: kindOf(fact, factor, withinArm), values, withinArm }]
  })
}

function kindOf(fact: string, factor: string, withinArm: boolean): Difference['kind'] {
  if (withinArm) return 'other'
  if (fact === factor) return 'factor'
  return consequences[factor]?.includes(fact) ? 'follows' : 'other'
}

/** What a run was, by path. Whatever environment and target come to hold is compared without being named here. */
function factsOf({ run, workload, target, environment, config, resources }: Result): Map<string, string> {
  const { engines, ...system } = target
  const facts = new Map<string, string>([
    ['run/scenario', run.scenario],
    ['run/labVersion', run.labVersion],
    ['run/commit', run.commit ?? absent],
    ['workload/languages', workload.languages.join(', ')],
  ])
  // A seed draws who sends what, not how much: it varies from run to run, and spare runs have seeds of their own.
  for (const { name, value } of config) if (name !== 'seed') facts.set(`config/${name}`, value)
  flatten('environment', environment, facts)
  flatten('target', system, facts)
  for (const { role, engine, ...terms } of engines) {
    flatten(`target/engines/${role}`, engine, facts)
    flatten(`target/engines/${role}`, terms, facts)
  }
  addComponents(resources.components, target.backend, facts)
  return facts
}

/** By part and not by process: an edition with two roles in one process has the same facts as one that parts them. */
function addComponents(all: Result['resources']['components'], store: string, facts: Map<string, string>): void {
  const add = (fact: string, value: string) => {
    const before = facts.get(fact)
    if (before !== value) facts.set(fact, before === undefined ? value : `${before}, ${value}`)
  }
  for (const component of all)
    for (const part of partsOf(component.name, store)) {
      // What was not measured makes the sums of two arms sums of different things.
      if (!component.measured) add(`components/${part}`, 'not measured')
      add(`components/${part}/cores`, coresText(component))
      if (component.memory.length > 0) add(`components/${part}/memory`, memoryText(component))
    }
  facts.set(
    'target/cores',
    coresTogether(all.filter(({ name, measured }) => measured && name !== 'generator' && name !== labProcess)),
  )
}

/** All cores of the system and its engines: an edition with fewer processes must not have fewer of them. */
function coresTogether(all: Result['resources']['components']): string {
  const texts = new Set(all.flatMap((component) => coresText(component).split(' and ')))
  const cores = new Set([...texts].flatMap((text) => parseCoreList(text) ?? []))
  const others = [...texts].filter((text) => parseCoreList(text) === null)
  return [formatCoreList([...cores].sort((a, b) => a - b)), ...others].filter(Boolean).join(', ')
}

function flatten(path: string, value: unknown, into: Map<string, string>): void {
  if (Array.isArray(value) || value === null || typeof value !== 'object') {
    into.set(path, Array.isArray(value) ? value.join(', ') || 'none' : String(value))
    return
  }
  for (const [name, inner] of Object.entries(value)) flatten(`${path}/${name}`, inner, into)
}
