/** Which component may use which cores: read from the command line, and looked up as processes start. */
import { formatCoreList, type MachineCores, parseCoreList } from '../../compose/native/cores.ts'
import { type Edition, type Role, roles } from '../../system/editions/edition.ts'
import { type EditionName, editions, needsRedis } from '../../system/editions/index.ts'
import { chooseFrom } from './flags.ts'

/** Cores by component, as `0,2-3`. Every process of a run has a set then: those not named have all that are allowed. */
export type CoreSets = Readonly<Record<string, string>>

/** Name of the lab's own process among the resources. */
export const labProcess = 'lab'
/** Roles together, and whatever is not named. */
const system = 'system'
const rest = '*'
/** Parts of a run that can have cores of their own; roles that share a process share its cores. */
export const placedParts = ['generator', labProcess, ...roles, 'store', 'kafka', 'redis'] as const
const known: readonly string[] = [...placedParts, system, rest]

/** Reads `generator=1`, `gateway=0,2-3` and `generator=1,*=0`. Null: nothing was asked for, nothing is pinned. */
export function coreSets(
  texts: readonly string[],
  edition: Edition,
  machine: MachineCores,
  problems: string[],
): CoreSets | null {
  if (texts.length === 0) return null
  if (machine.obstacle !== null) problems.push(`--cores cannot be had here: ${machine.obstacle}`)
  const sets = new Map<string, string>()
  for (const text of texts)
    for (const part of text.split(/,(?=[^,]*=)/)) {
      const [name = '', list = ''] = part.split('=', 2)
      const wrong = [...nameProblems(name, edition), ...listProblems(part, list, machine)]
      if (sets.has(name)) wrong.push(`${name} is given twice`)
      problems.push(...wrong.map((problem) => `--cores=${part}: ${problem}`))
      sets.set(name, formatCoreList(parseCoreList(list) ?? []))
    }
  problems.push(...sharedProcessProblems(sets, edition))
  if (!sets.has(rest)) sets.set(rest, formatCoreList(machine.allowed ?? []))
  return Object.fromEntries([...sets].sort(([a], [b]) => known.indexOf(a) - known.indexOf(b)))
}

function nameProblems(name: string, edition: Edition): string[] {
  const { name: backend, store, log, processes } = edition
  if (name === '') return ['give <component>=<cores>, like generator=1 or gateway=0,2-3']
  if (!known.includes(name)) return [`there is no component "${name}"${chooseFrom(name, known)}`]
  if (name === 'store' && store === 'sqlite')
    return [`the store of ${backend} lives in the system's own process: give ${system}=, or ${rest}= for all the rest`]
  const isThere: Readonly<Record<string, boolean>> = { kafka: log === 'kafka', redis: needsRedis(edition) }
  const isMissing = isRole(name) ? !processes.some((each) => each.includes(name)) : isThere[name] === false
  const who = name === 'redis' || name === 'relay' ? 'this run' : `the backend ${backend}`
  return isMissing ? [`${who} has no ${name}: give ${system}=, or ${rest}= for all the rest`] : []
}

const isRole = (name: string): name is Role => (roles as readonly string[]).includes(name)

function listProblems(part: string, list: string, { allowed }: MachineCores): string[] {
  if (!part.includes('=')) return ['it names no cores: give <component>=<cores>, like generator=1']
  if (list.trim() === '') return ['the set of cores is empty']
  const cores = parseCoreList(list)
  if (cores === null) return [`"${list}" is no set of cores: give numbers and ranges, like 0,2-3`]
  if (allowed === null) return []
  const strange = cores.filter((core) => !allowed.includes(core))
  if (strange.length === 0) return []
  return [`there is no core ${formatCoreList(strange)} for us; this machine lets us use ${formatCoreList(allowed)}`]
}

function sharedProcessProblems(sets: ReadonlyMap<string, string>, { name: backend, processes }: Edition): string[] {
  return processes.flatMap((together) => {
    const named = together.filter((role) => sets.has(role))
    if (new Set(named.map((role) => sets.get(role))).size < 2) return []
    return [`--cores: with the backend ${backend} ${named.join(' and ')} are one process: give them one set of cores`]
  })
}

/** `generator=1 *=0`, for a table of options. */
export const formatCoreSets = (sets: CoreSets | null): string =>
  sets === null
    ? 'not pinned'
    : Object.entries(sets)
        .map(([name, list]) => `${name}=${list}`)
        .join(' ')

/**
 * What a process group is for the reader who gives it cores: `gateway+api-1` is gateway and api, the engine of the
 * store is the store. A group of a target that is not ours is its own part.
 */
export function partsOf(group: string, store: string): string[] {
  if (group === store) return ['store']
  return group.replace(/-\d+$/, '').split('+')
}

/** The cores of a process group: those of its own name, of the system it is a part of, or of the rest. */
export function coresOfGroup(sets: CoreSets, group: string, store: string): string {
  const parts = partsOf(group, store)
  const own = parts.find((part) => part in sets)
  if (own !== undefined) return sets[own]!
  return (parts.some(isRole) ? sets[system] : undefined) ?? sets[rest]!
}

export interface Misplaced {
  readonly group: string
  readonly wanted: string
  readonly seen: string
}

/** What was not where it was to be; nothing when nothing was pinned. */
export function misplaced(
  { cores, backend }: { readonly cores: CoreSets | null; readonly backend: EditionName },
  coresSeen: ReadonlyMap<string, readonly string[]>,
): Misplaced[] {
  if (cores === null) return []
  return [...coresSeen].flatMap(([group, lists]) => {
    const wanted = coresOfGroup(cores, group, editions[backend].store)
    return lists.filter((list) => list !== wanted).map((seen) => ({ group, wanted, seen }))
  })
}
