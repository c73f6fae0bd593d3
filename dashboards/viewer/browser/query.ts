import { stepFor, substitute } from '../../variables.ts'
import type { ViewedAnnotation, ViewedPanel, ViewedRun } from '../view.ts'
import { endS, shownRuns, state, view } from './view.ts'

/** Asks Prometheus, through the page's own server, and lays the answers on one grid of seconds since the start. */

export interface DrawnLine {
  readonly refId: string
  readonly name: string
  readonly values: (number | null)[]
}

export interface PanelData {
  /** Seconds after the start. */
  readonly s: readonly number[]
  readonly lines: readonly DrawnLine[]
  /** Prometheus's own words, where it refused. */
  readonly error: string | null
}

interface Answer {
  readonly status: string
  readonly error?: string
  readonly data: { readonly result: { metric: Record<string, string>; values: [number, string][] }[] }
}

const pointsOfAPanel = 600

async function ask(run: ViewedRun, expr: string, stepS: number): Promise<Answer> {
  const toUnixMs = run.toUnixMs ?? Date.now()
  const rangeS = (toUnixMs - run.fromUnixMs) / 1000
  const query = substitute(expr, { run: run.id, backend: run.backend, stepS, rangeS })
  const parameters = { query, start: String(run.fromUnixMs / 1000), end: String(toUnixMs / 1000), step: String(stepS) }
  const index = view.runs.indexOf(run)
  const answer = await fetch(`/runs/${index}/query_range?${new URLSearchParams(parameters)}`)
  return answer.json()
}

const legendOf = (format: string, labels: Readonly<Record<string, string>>) =>
  format.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label: string) => labels[label] ?? '')

export async function panelData(panel: ViewedPanel): Promise<PanelData> {
  const end = endS()
  const stepS = stepFor(end, pointsOfAPanel)
  const s = Array.from({ length: Math.floor(end / stepS) + 1 }, (_, index) => index * stepS)
  const asked = shownRuns().flatMap((run) => panel.targets.map((target) => ({ run, target })))
  const lines: DrawnLine[] = []
  let error: string | null = null
  const answers = await Promise.all(asked.map(({ run, target }) => ask(run, target.expr, stepS)))
  answers.forEach((answer, index) => {
    const { run, target } = asked[index] as (typeof asked)[number]
    if (answer.status !== 'success') error = answer.error ?? 'no answer'
    for (const { metric, values } of answer.status === 'success' ? answer.data.result : []) {
      const column: (number | null)[] = s.map(() => null)
      for (const [unixS, text] of values) {
        const value = Number(text)
        const place = Math.round((unixS - run.fromUnixMs / 1000) / stepS)
        if (Number.isFinite(value) && place < column.length) column[place] = value
      }
      lines.push({ refId: target.refId, name: legendOf(target.legendFormat, metric), values: column })
    }
  })
  return { s, lines: lines.filter(({ values }) => values.some((value) => value !== null)), error }
}

export interface Span {
  readonly name: string
  readonly fromS: number
  readonly toS: number
}

/** Samples that follow each other without a gap are one span, as in Grafana. */
export async function spansOf(annotation: ViewedAnnotation): Promise<readonly Span[]> {
  const run = view.runs[state.run] as ViewedRun
  const stepS = stepFor(endS(), 2_000)
  const answer = await ask(run, annotation.expr, stepS)
  if (answer.status !== 'success') return []
  const spans = answer.data.result.flatMap(({ metric, values }) => {
    const found: { name: string; fromS: number; toS: number }[] = []
    for (const [unixS] of values) {
      const s = unixS - run.fromUnixMs / 1000
      const last = found.at(-1)
      if (last && s - last.toS < stepS / 2) last.toS = s + stepS
      else found.push({ name: metric[annotation.label] ?? annotation.name, fromS: s, toS: s + stepS })
    }
    return found
  })
  return spans.sort((a, b) => a.fromS - b.fromS)
}
