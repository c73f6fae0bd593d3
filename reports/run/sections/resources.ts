import { resourceMultiples } from '../../charts/multiples.ts'
import { linearScale } from '../../charts/scale.ts'
import { type Line, timeChart } from '../../charts/timeChart.ts'
import { resourcesFinding } from '../../findings.ts'
import { html, type Markup, type Row, table } from '../../html.ts'
import type { Section } from '../../page/document.ts'
import { eachColumn, inLongColumns, type Page } from '../page.ts'

/** What ran out? */
export function resourcesSection(page: Page): Section {
  const { result, figures, timeline, columns, notEvidence } = page
  const over = inLongColumns(page) ? [', ', ...eachColumn(page), '; memory at its most'] : []
  const stamp = notEvidence ? html`<p class="stamp">not evidence</p>` : null
  const multiples =
    result.resources.components.length === 0
      ? html`<p class="none">No component was measured.</p>`
      : html`<figure class="chart" id="chart-resources" role="group" aria-labelledby="h-resources" aria-describedby="d-resources"><figcaption><h3 id="h-resources">${resourcesFinding(figures)}</h3><p class="how" id="d-resources">Each component over the run${over}. A column of pictures shares its axis, so heights compare down the page.</p></figcaption>${stamp}${resourceMultiples(result, columns, timeline, (index) => figures.quote(`/resources/components/${index}/title`))}</figure>`
  return {
    id: 'resources',
    title: 'What ran out?',
    body: html`${multiples}${componentTable(page)}${allowedTable(page)}${storageTable(page)}${machineChart(page)}`,
  }
}

function componentTable({ result, figures }: Page): Markup {
  const rows = result.resources.components.map((component, index): Row => {
    const at = `/resources/components/${index}`
    const note = component.measured ? null : html` <span class="aside">not measured</span>`
    return {
      data: { component: component.name },
      cells: [
        html`${figures.quote(`${at}/title`)}${note}`,
        figures.at(`${at}/cpuSeconds`, 'number'),
        figures.at(`${at}/cpuMsPerThousandMessages`, 'number'),
        figures.at(`${at}/peakResidentMiB`, 'mebibytes'),
        figures.at(`${at}/readBytes`, 'bytes'),
        figures.at(`${at}/writtenBytes`, 'bytes'),
        figures.at(`${at}/writeCalls`, 'count'),
      ],
    }
  })
  return table({
    caption: 'Cost over the measured phases',
    head: [
      'component',
      '#CPU seconds',
      '#CPU ms a thousand messages',
      '#peak memory',
      '#read',
      '#written',
      '#write calls',
    ],
    rows,
  })
}

/** What each component could use, as the kernel said while it ran, and as its starter had set it. */
function allowedTable({ result, figures }: Page): Markup | null {
  const { components } = result.resources
  if (components.length === 0) return null
  const rows = components.map(({ name, measured, cores, memory }, index): Row => {
    const at = `/resources/components/${index}`
    const limits = memory.map(
      (_, limit) =>
        html`${limit === 0 ? '' : ', '}${figures.quote(`${at}/memory/${limit}/what`)} ${figures.at(`${at}/memory/${limit}/bytes`, 'memory')}`,
    )
    const none = measured ? 'no limit set by the lab' : 'not ours to limit'
    const noCores = measured ? 'not told by this system' : 'not ours to pin'
    return {
      data: { allowed: name },
      cells: [
        figures.quote(`${at}/title`),
        cores === null ? noCores : figures.quote(`${at}/cores`),
        limits.length === 0 ? none : html`${limits}`,
      ],
    }
  })
  return table({
    caption: 'Cores that each component could use, as read while it ran, and limits of its memory',
    head: ['component', 'cores', 'memory'],
    rows,
  })
}

/** What the messages cost on disk, as docs/measuring.md defines it. */
function storageTable({ result, figures }: Page): Markup {
  const { storage } = result
  if (storage === null) return html`<p class="none">Disk use of the store: not measured in this run.</p>`
  const notCompacted = storage.bytesCompacted === null ? ' (not compacted in this run)' : ''
  const rows: readonly (readonly [name: string, figure: keyof typeof storage, as: 'bytes' | 'ratio'])[] = [
    ['on disk a message, as the run left it', 'bytesPerMessage', 'bytes'],
    [`on disk a message, compacted${notCompacted}`, 'compactedBytesPerMessage', 'bytes'],
    ['write amplification: bytes written by the store, over bytes of bodies', 'writeAmplification', 'ratio'],
    ['bytes written by the store', 'writtenBytes', 'bytes'],
    ['bytes of bodies', 'bodyBytes', 'bytes'],
    ['store with its schema alone', 'bytesEmpty', 'bytes'],
    ['store before the load', 'bytesBefore', 'bytes'],
    ['store after the run', 'bytesAfter', 'bytes'],
    [`store compacted${notCompacted}`, 'bytesCompacted', 'bytes'],
    ['write-ahead log after the run, in none of these', 'journalBytes', 'bytes'],
  ]
  return table({
    caption: 'What the messages cost on disk',
    head: ['what', '#figure'],
    rows: rows.map(([name, figure, as]): Row => ({ cells: [name, figures.at(`/storage/${figure}`, as)] })),
  })
}

/** The machine itself: how much was in use by the run, taken by others, or stolen by the hypervisor. */
function machineChart(page: Page): Markup {
  const { result, timeline, figures, columns, notEvidence } = page
  const { steal, foreign, cores } = result.resources
  const share = (column: readonly (number | null)[]) => column.map((value) => (value === null ? null : value * cores))
  const lines: Line[] = [
    { name: 'foreign', label: 'others', key: 'foreign', values: share(foreign), style: 'step' },
    { name: 'steal', label: 'stolen', key: 'steal', values: share(steal), style: 'step' },
  ]
  const drawn = lines.flatMap((line) => line.values.filter((value) => value !== null))
  if (drawn.length === 0) return html`<p class="none">Steal and foreign CPU: not measured on this machine.</p>`
  return timeChart(
    {
      id: 'machine',
      finding: ['What did not belong to this run, on ', figures.at('/resources/cores', 'count'), ' cores'],
      how: [
        'Cores used by other programs and stolen by the hypervisor, ',
        ...eachColumn(page),
        '. Near the floor: the machine was quiet.',
      ],
      unit: 'cores',
      height: 180,
      scale: linearScale([...drawn, cores], 4),
      tickText: (value) => String(Number(value.toPrecision(3))),
      columns,
      lines,
      marks: [{ value: cores, fromS: 0, toS: timeline.endS, label: 'all cores', className: 'limit' }],
      instants: [],
      notEvidence,
      data: null,
    },
    timeline,
  )
}
