import { stripVTControlCharacters, styleText } from 'node:util'
import { Figures, type Part, plainText } from './figures.ts'
import { diskFinding, disturbanceFinding, ledgerFinding, recoveryFinding, stepFinding } from './findings.ts'
import type { Result } from './schema/result.ts'
import { verdictSentences } from './sentences.ts'
import { metricName, phaseWords, readNames, ruleFigures, sloFigures } from './wording.ts'

export interface TerminalOptions {
  readonly color: boolean
  /** Columns of the terminal. */
  readonly width: number
}

export type Style = Parameters<typeof styleText>[0]
const outcomeStyles: Record<Result['verdict']['outcome'] | 'CANNOT TELL', Style> = {
  PASS: ['bold', 'green'],
  FAIL: ['bold', 'red'],
  INVALID: ['bold', 'magenta'],
  INCOMPLETE: ['bold', 'yellow'],
  'CANNOT TELL': ['bold', 'magenta'],
}

const painted = (style: Style, text: string, color: boolean) =>
  color ? styleText(style, text, { validateStream: false }) : text

export const paintOutcome = (outcome: keyof typeof outcomeStyles, color: boolean): string =>
  painted(outcomeStyles[outcome], outcome, color)

/** The table at the end of a run: verdict and reasons first, then the figures behind them. */
export function toTerminal(result: Result, { color, width }: TerminalOptions): string {
  const figures = new Figures(result)
  const room = Math.max(40, width)
  const title = printable(`${result.target.title}  ${result.run.scenario}  ${result.run.label}`.trimEnd())
  const lines = [
    `${paintOutcome(result.verdict.outcome, color)}  ${title}`,
    ...verdictSentences(result).flatMap((sentence) => wrap(printable(plainText(sentence)), room)),
    '',
    ...latencyTable(figures).map((line, index) => (index === 0 ? painted('dim', line, color) : line)),
    ...readsTable(figures).map((line, index) => (index === 1 ? painted('dim', line, color) : line)),
    '',
    ...statusLines(figures).flatMap(([name, text]) => label(name, printable(text), room)),
  ]
  return `${lines.join('\n')}\n`
}

/** Labels and causes come from outside: no escape sequence of theirs may reach the terminal. */
export const printable = (text: string) =>
  [...stripVTControlCharacters(text)].filter((char) => char >= ' ' && char !== '\u007f').join('')

function latencyTable(figures: Figures): string[] {
  const header = ['delivery, ms', 'deliveries', 'p50', 'p99', 'p99.9', 'max']
  const rows = figures.result.phases.map((phase, index) => {
    const at = `/phases/${index}/delivery`
    const cells = phase.delivery
      ? [
          figures.at(`${at}/n`, 'count'),
          ...['p50', 'p99', 'p999', 'max'].map((name) => figures.at(`${at}/${name}`, 'ms')),
        ]
      : ['no samples']
    return [phase.measured ? phase.name : `${phase.name} (not judged)`, ...cells.map((cell) => plainText([cell]))]
  })
  return textTable([header, ...rows])
}

/** An empty line and the table, or nothing where no reads were asked for. */
function readsTable(figures: Figures): string[] {
  const { reads } = figures.result
  if (reads === null) return []
  const rows = reads.kinds.map(({ kind, errors, latency }, index) => {
    const at = `/reads/kinds/${index}`
    const wrong =
      errors.length === 0
        ? '0'
        : plainText([
            figures.derived(
              'sum',
              errors.map((_, i) => `${at}/errors/${i}/count`),
              'count',
            ),
          ])
    const quantiles =
      latency === null
        ? ['no samples']
        : ['p50', 'p99', 'max'].map((name) => plainText([figures.at(`${at}/latency/${name}`, 'ms')]))
    return [readNames[kind], plainText([figures.at(`${at}/intended`, 'count')]), wrong, ...quantiles]
  })
  return ['', ...textTable([['history reads, ms', 'due', 'errors', 'p50', 'p99', 'max'], ...rows])]
}

/** Rows of cells below each other: the first column to the left, figures to the right. */
export function textTable(table: readonly (readonly string[])[]): string[] {
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length)))
  return table.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  )
}

function statusLines(figures: Figures): [string, string][] {
  const { result } = figures
  const lines: [string, string][] = []
  result.slos.forEach((slo, index) => {
    if (slo.met === true) return
    const { measured, bound } = sloFigures(figures, index, false)
    const words: Part[] = [
      `${metricName(slo)} in ${phaseWords(slo.worstPhase ?? slo.phase)}: `,
      measured,
      ', bound ',
      bound,
    ]
    const evidence = result.verdict.outcome === 'INVALID' ? ' (not evidence)' : ''
    lines.push([slo.met === false ? 'missed' : 'not judged', `${plainText(words)}${evidence}`])
  })
  const met = result.slos.filter((slo) => slo.met === true).length
  lines.push(['SLOs', `${met} of ${result.slos.length} met`])
  result.validity.forEach((rule, index) => {
    // A demoted rule is among the warnings.
    if (rule.ok || rule.demoted) return
    const { figure, limit } = ruleFigures(figures, index)
    const side = rule.direction === 'atMost' ? 'allowed' : 'needed'
    lines.push(['invalid', plainText([`${rule.title}: `, figure, `, ${side} `, limit])])
  })
  const ok = result.validity.filter((rule) => rule.ok).length
  lines.push(['validity', `${ok} of ${result.validity.length} rules ok`])
  lines.push(['ledger', plainText(ledgerFinding(figures))])
  const { steps = [], sockets } = result.disturbance ?? {}
  steps.forEach((_, index) => {
    lines.push([index === 0 ? 'disturbance' : '', plainText(stepFinding(figures, index))])
  })
  if (sockets !== undefined && (sockets.cut > 0 || steps.length > 0))
    lines.push(['sockets', plainText(disturbanceFinding(figures))])
  if (result.storage !== null) lines.push(['disk', plainText(diskFinding(figures))])
  if (result.spike.fallEndS !== null) lines.push(['recovery', plainText(recoveryFinding(figures))])
  return [...lines, ...result.warnings.map((warning): [string, string] => ['warning', warning])]
}

const labelWidth = 12

/** A name and its text, wrapped beside it. */
export function label(name: string, text: string, width: number): string[] {
  return wrap(text, width - labelWidth).map((line, index) => `${(index === 0 ? name : '').padEnd(labelWidth)}${line}`)
}

/** Breaks at spaces; a word longer than the line keeps a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
