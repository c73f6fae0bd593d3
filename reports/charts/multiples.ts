import { formatBytes, formatMemory } from '../format.ts'
import { type Content, html, Markup } from '../html.ts'
import type { ComponentResources, Result } from '../schema/result.ts'
import type { Columns } from './columns.ts'
import { shorter, stepPath } from './path.ts'
import { linearScale, position, type Scale } from './scale.ts'
import { background } from './timeChart.ts'
import type { Timeline } from './timeline.ts'

const height = 48

const measures = [
  { key: 'cpuCores', title: 'CPU, cores', text: (value: number) => String(Number(value.toPrecision(3))) },
  { key: 'residentMiB', title: 'Memory', text: (value: number) => formatMemory(value * 1_048_576) },
  { key: 'readMBps', title: 'Read, a second', text: (value: number) => formatBytes(value * 1e6) },
  { key: 'writtenMBps', title: 'Written, a second', text: (value: number) => formatBytes(value * 1e6) },
] as const
type MeasureKey = (typeof measures)[number]['key']

/** One row a component, one column a measure; a column shares its y axis, so heights compare down the page. */
export function resourceMultiples(
  result: Result,
  columns: Columns,
  timeline: Timeline,
  title: (index: number) => Content,
): Markup {
  const { components } = result.resources
  const scales = new Map(measures.map(({ key }) => [key, columnScale(components, key)]))
  const heads = measures.map(({ key, title: name, text }) => {
    const scale = scales.get(key) as Scale
    return html`<div class="multi-head">${name}<span class="tick-note" data-static> 0 to ${text(scale.max)}</span></div>`
  })
  // Drawn once and shown behind every picture: many pictures, few nodes.
  const behind = html`<svg class="patterns" aria-hidden="true" width="0" height="0"><defs><g id="multi-behind">${background(timeline)}</g></defs></svg>`
  const rows = components.map((component, index) => {
    const cells = measures.map((measure) =>
      cell(columns, component, measure, scales.get(measure.key) as Scale, timeline),
    )
    return html`<div class="multi-name">${title(index)}</div>${cells}`
  })
  return html`${behind}<div class="multiples"><div class="multi-head corner">Component</div>${heads}${rows}</div>`
}

function columnScale(components: readonly ComponentResources[], key: MeasureKey): Scale {
  return linearScale(
    components.flatMap((component) => component[key].filter((value) => value !== null)),
    2,
  )
}

function cell(
  { s, endS }: Columns,
  component: ComponentResources,
  { key, title }: (typeof measures)[number],
  scale: Scale,
  timeline: Timeline,
): Markup {
  const values = component[key]
  const label = `${component.title}: ${title}`
  if (values.every((value) => value === null))
    return html`<div class="multi none" data-measure="${title}">– not measured</div>`
  const y = (value: number) => Math.round(height * (1 - position(scale, value)))
  const column = { s, endS, values }
  const shape = new Markup(
    `<path class="line filled multi-${key}" data-series="${key}" d="${shorter(stepPath(column, y, height))}"/>`,
  )
  return html`<div class="multi" data-measure="${title}"><svg role="img" aria-label="${label}" data-y0="0" data-y1="${scale.max}"><use href="#multi-behind"/><svg class="ink" viewBox="0 0 ${timeline.endS} ${height}" preserveAspectRatio="none">${shape}</svg><line class="axis" x2="100%" y1="100%" y2="100%"/></svg></div>`
}
