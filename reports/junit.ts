import { Figures, plainText } from './figures.ts'
import type { Result, SloResult, ValidityRule } from './schema/result.ts'
import { verdictSentences } from './sentences.ts'
import { metricName, phaseWords, ruleFigures, sloFigures } from './wording.ts'

export interface Case {
  readonly name: string
  readonly state: 'ok' | 'failure' | 'error' | 'skipped'
  readonly text: string
}

/**
 * JUnit XML: a suite of the service levels (missed = failure), one of the validity rules (broken = error). On an
 * INVALID or interrupted run a level is never a success or a failure, for it is not evidence: it is skipped.
 */
export function toJUnit(result: Result): string {
  return testSuites(`${result.run.scenario} ${result.target.title}`, resultSuites(result))
}

/** `prefix` tells the suites of several runs apart. */
export function resultSuites(result: Result, prefix = ''): string[] {
  const figures = new Figures(result)
  return [
    suite(
      `${prefix}service levels`,
      result.run,
      result.slos.map((slo, index) => sloCase(figures, slo, index)),
    ),
    suite(`${prefix}validity`, result.run, [
      ...result.validity.map((rule, index) => ruleCase(figures, rule, index)),
      outcomeCase(result),
    ]),
  ]
}

export function testSuites(name: string, suites: readonly string[]): string {
  const head = `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${escapeXml(name)}">`
  return `${head}\n${suites.join('\n')}\n</testsuites>\n`
}

function sloCase(figures: Figures, slo: SloResult, index: number): Case {
  const { measured, bound } = sloFigures(figures, index, false)
  const text = plainText(['measured ', measured, ', bound ', bound])
  const name = `${metricName(slo)} in ${phaseWords(slo.phase)}`
  const { outcome } = figures.result.verdict
  if (outcome === 'INVALID' || outcome === 'INCOMPLETE')
    return { name, state: 'skipped', text: `${outcome}: not evidence; ${text}` }
  if (slo.met === null) return { name, state: 'error', text: `could not be judged; ${text}` }
  return { name, state: slo.met ? 'ok' : 'failure', text }
}

function ruleCase(figures: Figures, rule: ValidityRule, index: number): Case {
  const { figure, limit } = ruleFigures(figures, index)
  const text = plainText(['was ', figure, ', limit ', limit])
  const broken = rule.demoted ? `demoted to a warning; ${text}` : `${text}. ${rule.cause} ${rule.action}`
  const help = rule.ok ? text : broken
  return { name: rule.title, state: rule.ok || rule.demoted ? 'ok' : 'error', text: help }
}

/** A run that a reader of the XML alone must not take for a success. */
function outcomeCase(result: Result): Case {
  const told = result.verdict.outcome === 'PASS' || result.verdict.outcome === 'FAIL'
  const text = verdictSentences(result).map(plainText).join(' ')
  return { name: 'the run can tell', state: told ? 'ok' : 'error', text: `${result.verdict.outcome}: ${text}` }
}

type Timed = { readonly startedAt: string; readonly durationS?: number }

export function suite(name: string, run: Timed, cases: readonly Case[]): string {
  const count = (state: Case['state']) => cases.filter((entry) => entry.state === state).length
  const numbers = `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}"`
  const time = run.durationS === undefined ? '' : ` time="${run.durationS}"`
  const head = `  <testsuite name="${escapeXml(name)}" ${numbers}${time} timestamp="${escapeXml(run.startedAt)}">`
  return [head, ...cases.map((entry) => testCase(name, entry)), '  </testsuite>'].join('\n')
}

function testCase(suiteName: string, { name, state, text }: Case): string {
  const head = `    <testcase classname="${escapeXml(suiteName)}" name="${escapeXml(name)}"`
  const inner = escapeXml(text)
  if (state === 'ok') return `${head}><system-out>${inner}</system-out></testcase>`
  return `${head}><${state} message="${inner}"/></testcase>`
}

/** XML 1.0 forbids most control characters even as references. */
function escapeXml(text: string): string {
  const kept = [...text].filter((char) => char >= ' ' || char === '\n' || char === '\t').join('')
  return kept.replace(
    /[&<>"\n]/g,
    (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[char] ?? '&#10;',
  )
}
