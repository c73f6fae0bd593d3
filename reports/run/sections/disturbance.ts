import { linearScale } from '../../charts/scale.ts'
import { leastLine, timeChart } from '../../charts/timeChart.ts'
import { fixed } from '../../figures.ts'
import { disturbanceFinding } from '../../findings.ts'
import { formatAxisRate } from '../../format.ts'
import { type Content, html, type Markup, type Row, table } from '../../html.ts'
import type { Section } from '../../page/document.ts'
import type { DisturbanceResult } from '../../schema/result.ts'
import { dataTable, eachColumn, inLongColumns, type Page } from '../page.ts'

/** What did the faults and operations cost? Missing where nothing was done and no socket was cut. */
export function disturbanceSections(page: Page): Section[] {
  const { disturbance } = page.result
  if (disturbance === undefined || (disturbance.steps.length === 0 && disturbance.sockets.cut === 0)) return []
  const body = html`${socketsTable(page, disturbance)}${stepsTable(page, disturbance)}${socketsChart(page)}`
  return [{ id: 'disturbance', title: 'What did the disturbance cost?', body }]
}

const quantiles = ['p50', 'p95', 'max'] as const
const heads = (until: string) => quantiles.map((quantile) => `#${until} ${quantile}`)

function socketsTable(page: Page, { steps, sockets }: DisturbanceResult): Markup {
  const rows = steps.map((step, index) =>
    socketsRow(page, `/disturbance/steps/${index}/sockets`, step.sockets, [
      page.figures.quote(`/disturbance/steps/${index}/event`),
      ' ',
      page.figures.quote(`/disturbance/steps/${index}/what`),
    ]),
  )
  return table({
    caption:
      'Sockets cut, and their clients back: ms that a server had been silent when they left it, then ms from the cut until subscribed again, and until all that passed was read',
    head: [
      'cut by',
      '#cut',
      'close codes',
      '#silent max',
      ...heads('subscribed'),
      ...heads('resumed'),
      '#never resumed',
    ],
    rows: [...rows, socketsRow(page, '/disturbance/sockets', sockets, 'whole run')],
  })
}

function socketsRow(
  { figures }: Page,
  at: string,
  { codes, silent, connected, resumed }: DisturbanceResult['sockets'],
  name: Content,
): Row {
  const shown = codes.map(
    (_, i) =>
      html`<span class="refused"><code>${figures.at(`${at}/codes/${i}/code`, 'plain')}</code> ${figures.at(`${at}/codes/${i}/count`, 'count')}</span> `,
  )
  const back = Object.entries({ connected, resumed }).flatMap(([name, known]) =>
    quantiles.map((quantile) => (known === null ? '–' : figures.at(`${at}/${name}/${quantile}`, 'ms'))),
  )
  return {
    cells: [
      name,
      figures.at(`${at}/cut`, 'count'),
      shown.length === 0 ? 'none' : shown,
      silent === null ? '–' : figures.at(`${at}/silent/max`, 'ms'),
      ...back,
      figures.at(`${at}/notResumed`, 'count'),
    ],
  }
}

function stepsTable({ figures }: Page, { steps }: DisturbanceResult): Markup {
  if (steps.length === 0) return html``
  const rows = table({
    caption: 'The dip: each step answers for what happened until the next one began',
    head: [
      'step',
      '#from, s',
      '#until, s',
      '#lowest share in time',
      '#in second',
      '#seconds of dip',
      '#seconds without an ack',
      '#backlog peak',
      '#drained after',
    ],
    rows: steps.map((_, index): Row => {
      const at = `/disturbance/steps/${index}`
      return {
        data: { step: String(index + 1) },
        cells: [
          figures.quote(`${at}/event`),
          figures.at(`${at}/fromS`, 'number'),
          figures.at(`${at}/untilS`, 'number'),
          figures.at(`${at}/lowestGoodShare`, 'goodShare'),
          figures.at(`${at}/lowestGoodS`, 'plain'),
          figures.at(`${at}/dipS`, 'count'),
          figures.at(`${at}/silentS`, 'count'),
          figures.at(`${at}/backlogPeak`, 'count'),
          figures.at(`${at}/drainedAfterS`, 'seconds'),
        ],
      }
    }),
  })
  return html`${rows}<p class="note">In time: due in that second, and read by every member within the bound of goodput. A second of dip: fewer than ${fixed('95 %')} of them. Drained: the backlog is back at its level before and half a second of load, to stay.</p>`
}

function socketsChart(page: Page): Markup {
  const { result, figures, timeline, columns, notEvidence } = page
  const { series } = result
  const long = inLongColumns(page)
  const drawn = series.connected.filter((value) => value !== null)
  if (drawn.length === 0) return html``
  return timeChart(
    {
      id: 'sockets',
      finding: disturbanceFinding(figures),
      how: [
        'Sockets that are connected and subscribed, ',
        ...(long ? ['the most and the least ', ...eachColumn(page)] : ['at the end of each second']),
        '.',
      ],
      unit: 'sockets',
      height: 180,
      scale: linearScale(drawn, 4),
      tickText: formatAxisRate,
      columns,
      lines: [
        {
          name: 'sockets',
          label: long ? 'most' : 'sockets',
          key: 'connected',
          values: series.connected,
          style: 'step',
        },
        ...leastLine('connectedMin', series.connectedMin),
      ],
      marks: [],
      instants: [],
      notEvidence,
      data: dataTable(page, 'Sockets', ['connected']),
    },
    timeline,
  )
}
