import { type Case, suite, testSuites } from '../junit.ts'
import type { Comparison, Effect } from '../schema/comparison.ts'
import { title } from './rows.ts'

/**
 * JUnit XML: an effect that was told is a success whichever arm leads (a comparison ranks, `gate` judges), one that
 * was not is skipped; an arm that missed its SLO is a failure, an arm that is not whole an error.
 */
export function comparisonToJUnit(comparison: Comparison): string {
  const { metrics, effects, arms, partial } = comparison
  const titles = new Map(metrics.map((metric) => [metric.id, metric.title]))
  const whole: Case = {
    name: 'the series is whole',
    state: partial === null ? 'ok' : 'error',
    text: partial ?? 'every run was made',
  }
  return testSuites(title(comparison), [
    suite(
      'effects',
      comparison,
      effects.map((effect) => effectCase(effect, titles.get(effect.metric) ?? effect.metric)),
    ),
    suite('arms', comparison, [whole, ...arms.map(armCase)]),
  ])
}

function effectCase({ arm, baseline, decision, sentence }: Effect, metric: string): Case {
  const told = decision === 'better' || decision === 'worse' || decision === 'equivalent'
  return { name: `${metric}: ${arm} / ${baseline}`, state: told ? 'ok' : 'skipped', text: `${decision}: ${sentence}` }
}

function armCase({ name, problem, missed, runsUsed, runsPlanned }: Comparison['arms'][number]): Case {
  const runs = `${runsUsed} of ${runsPlanned} runs count`
  if (problem !== null) return { name, state: 'error', text: `${problem}; ${runs}` }
  if (missed !== null) return { name, state: 'failure', text: `missed ${missed}; ${runs}` }
  return { name, state: runsUsed === 0 ? 'error' : 'ok', text: runs }
}
