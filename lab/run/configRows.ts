import type { Result } from '../../reports/schema/result.ts'
import type { Definition, ScenarioOptions } from '../../scenarios/definitions/definition.ts'
import type { Profile } from '../../scenarios/profiles.ts'
import { formatSlo, type Slo as WrittenSlo } from '../../scenarios/slos.ts'
import type { Knobs } from '../../system/editions/edition.ts'
import { editions } from '../../system/editions/index.ts'
import { formatCoreSets } from './cores.ts'
import { formatFault, type PlannedFault } from './faults.ts'
import type { ResolvedRun } from './resolved.ts'
import { runtimeText } from './runtime.ts'
import { indeterminate, type Setting } from './setting.ts'

/** The effective configuration: each option, what it is without being given, and whether it was changed. */
export function configRows(
  definition: Definition,
  run: ResolvedRun,
  options: ScenarioOptions,
  setting: Setting,
): Result['config'] {
  const row = (name: string, value: string | number, standard: string | number) => ({
    name,
    value: String(value),
    default: String(standard),
    changed: String(value) !== String(standard),
  })
  const knobs: Knobs = editions[run.backend].knobs
  const slos = (list: readonly WrittenSlo[]) => list.map(formatSlo).join(', ')
  const faults = (list: readonly PlannedFault[]) => list.map(formatFault).join(', ')
  const written = run.slos.filter((slo) => slo.unit !== 'count').map((slo) => slo.id)
  return [
    row('backend', run.backend, setting.backend),
    row('runtime', runtimeText(run), setting.runtime),
    row('fanout', run.fanout, setting.fanout ?? editions[run.backend].fanout),
    row('cache', run.cache, editions[run.backend].cache),
    ...Object.entries(options).map(([name, value]) =>
      row(name, value, definition.defaults[name as keyof ScenarioOptions]),
    ),
    row('history', run.history, 0),
    row('reads', run.readsPerSecond, 0),
    row('compacted', String(run.compacted), 'false'),
    row('profile', profileText(run.profile), profileText(definition.profile(definition.defaults))),
    row('arrivals', run.arrivals, definition.arrivals),
    row('slo', written.join(', '), slos([...definition.slos, indeterminate])),
    row('seed', run.seed, 1),
    row('gateways', run.gateways, setting.gateways),
    row('brokers', run.brokers, 1),
    row('fault', faults(run.faults), faults(setting.faults(run.profile))),
    row('cores', formatCoreSets(run.cores), formatCoreSets(null)),
    row('noisy-ok', String(run.noisyOk), 'false'),
    row('observe', run.observe ? 'on' : 'off', 'on'),
    ...Object.entries(knobs).map(([name, standard]) =>
      row(`knob ${name}`, name === 'sendsPerSecond' ? 0 : (run.knobs[name] ?? standard), standard),
    ),
  ]
}

const profileText = (profile: Profile): string =>
  profile.map((part) => `${part.phase}:${part.durationMs / 1000}s@${part.fromRate}-${part.toRate}`).join(',')
