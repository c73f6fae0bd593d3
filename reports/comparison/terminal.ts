import { styleText } from 'node:util'
import { Figures } from '../figures.ts'
import type { Comparison, Decision } from '../schema/comparison.ts'
import { label, printable, type Style, type TerminalOptions, textTable, wrap } from '../terminal.ts'
import { caveats, type EffectRow, effectRows, title } from './rows.ts'

const styles: Record<Decision, Style> = {
  better: ['bold', 'green'],
  worse: ['bold', 'red'],
  equivalent: 'bold',
  'cannot tell': 'yellow',
  'not decided': 'dim',
}

/** The end of a comparison: what is missing, the answer, then a line an effect. */
export function comparisonToTerminal(comparison: Comparison, { color, width }: TerminalOptions): string {
  const paint = (style: Style, text: string) => (color ? styleText(style, text, { validateStream: false }) : text)
  const room = Math.max(40, width)
  const told = ([name, text]: readonly [string, string]) => label(name, printable(text), room)
  const answer = comparison.answer.flatMap(({ text, effect }) => {
    const decision = effect === null ? undefined : comparison.effects[effect]?.decision
    const lines = wrap(printable(decision === undefined ? text : `${decision.toUpperCase()}: ${text}`), room)
    return decision === undefined
      ? lines
      : lines.map((line, index) => (index === 0 ? paint(styles[decision], line) : line))
  })
  const notes = caveats(comparison)
  const blocks = [
    [
      paint('bold', printable(title(comparison))),
      ...notes.filter(([name]) => name === 'partial').flatMap(told),
      ...answer,
    ],
    effectLines(comparison, room, paint),
    notes.filter(([name]) => name !== 'partial').flatMap(told),
  ]
  const lines = blocks.filter((block) => block.length > 0).map((block) => block.join('\n'))
  return `${lines.join('\n\n')}\n`
}

type Cell = readonly [head: string, cell: (row: EffectRow) => string]
const name: Cell = ['metric, arm / baseline', ({ metric, pair }) => printable(`${metric}, ${pair}`)]
const ratio: Cell = ['ratio', (row) => row.ratio]
const interval: Cell = ['95 % interval', (row) => row.interval]
const decision: Cell = ['decision', (row) => row.decision]
/** The fullest that fits the terminal is shown. */
const layouts: readonly (readonly Cell[])[] = [
  [name, ['medians', (row) => row.medians], ratio, interval, ['Holm p', (row) => row.holmP], decision],
  [name, ratio, interval, decision],
  [name, ratio, decision],
]

function effectLines(comparison: Comparison, room: number, paint: (style: Style, text: string) => string): string[] {
  const rows = effectRows(new Figures(comparison))
  if (rows.length === 0) return []
  const tables = layouts.map((layout) =>
    textTable([layout.map(([head]) => head), ...rows.map((row) => layout.map(([, cell]) => cell(row)))]),
  )
  const [head = '', ...lines] = tables.find(([first = '']) => first.length <= room) ?? tables.at(-1) ?? []
  return [paint('dim', head), ...lines.map((line, index) => paint(styles[(rows[index] as EffectRow).decision], line))]
}
