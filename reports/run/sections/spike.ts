import { linearScale, logScale } from '../../charts/scale.ts'
import { leastLine, type Mark, timeChart, worstLine } from '../../charts/timeChart.ts'
import { backlogFinding, recoveryFinding } from '../../findings.ts'
import { formatAxisRate, formatLatencyBound, noFigure } from '../../format.ts'
import { type Content, html, type Markup } from '../../html.ts'
import type { Section } from '../../page/document.ts'
import { dataTable, eachColumn, inLongColumns, type Page, worstWords } from '../page.ts'

/** What did the spike cost, and is it over? */
export function spikeSection(page: Page): Section {
  const body = html`${tiles(page)}${recoveryChart(page)}${backlogChart(page)}`
  return { id: 'spike', title: 'What did the spike cost, and is it over?', body }
}

function tiles(page: Page): Markup {
  const { figures } = page
  const { spike } = page.result
  const noBase = 'no base phase with samples to compare with'
  return html`<dl class="tiles">${[
    tile('Overshoot', figures.at('/spike/overshoot', 'ratio'), 'worst second p99 against the base p99', noBase),
    tile('Backlog peak', figures.at('/spike/backlogPeak', 'count'), 'messages accepted, not yet stored', 'not sampled'),
    tile('Drain rate', figures.at('/spike/drainRate', 'rate'), 'msg/s while the backlog fell', 'no backlog to drain'),
    recoveryTile(page),
    tile(
      'Hysteresis',
      figures.at('/spike/hysteresis', 'ratio'),
      'recovery p99 against base p99, at equal rate',
      spike.baseP99Us === null ? noBase : 'base and recovery differ in rate, or nothing arrived',
    ),
  ]}</dl>`
}

/** A figure with its meaning, or the dash with the reason why there is none. */
const tile = (name: string, value: Content, meaning: Content, missing: string): Markup =>
  html`<div class="tile"><dt>${name}</dt><dd><span class="big">${value}</span> <span class="aside">${value === noFigure ? missing : meaning}</span></dd></div>`

function recoveryTile({ result, figures }: Page): Markup {
  const { spike } = result
  if (spike.recoverS !== null || spike.fallEndS === null || spike.recoveryLimitUs === null) {
    const missing =
      spike.observedS === null ? 'no recovery phase' : 'the recovery phase is too short, or the base has no samples'
    return tile('Time to recover', figures.at('/spike/recoverS', 'seconds'), 'after the end of the fall', missing)
  }
  const within = html`not within ${figures.at('/spike/observedS', 'seconds')}`
  return tile('Time to recover', within, 'observed after the end of the fall', '')
}

function recoveryChart(page: Page): Markup {
  const { result, figures, timeline, columns, notEvidence } = page
  const { series, spike } = result
  const drawn = series.deliveryP99.filter((value) => value !== null)
  const worst = (series.deliveryP99Worst ?? []).filter((value) => value !== null)
  if (spike.recoveryLimitUs === null || spike.fallEndS === null || drawn.length === 0) return html``
  const limit: Mark = {
    value: spike.recoveryLimitUs,
    fromS: 0,
    toS: timeline.endS,
    label: `1.5 x base p99`,
    className: 'limit',
  }
  const end = { s: spike.fallEndS, label: 'fall ends', side: 'left' } as const
  const backS = spike.fallEndS + (spike.recoverS ?? 0)
  const side = backS > 0.88 * timeline.endS ? ('left' as const) : ('right' as const)
  const back = spike.recoverS === null ? [] : [{ s: backS, label: 'recovered', side }]
  return timeChart(
    {
      id: 'recovery',
      finding: recoveryFinding(figures),
      how: [
        'p99 delivery latency ',
        ...eachColumn(page),
        ...worstWords(page),
        '. Recovered: under the line, with no backlog, to stay.',
      ],
      unit: 'us',
      height: 180,
      scale: logScale([...drawn, ...worst, limit.value]),
      tickText: formatLatencyBound,
      columns,
      lines: [
        ...worstLine('deliveryP99Worst', series.deliveryP99Worst),
        { name: 'p99', label: 'p99', key: 'deliveryP99', values: series.deliveryP99, style: 'line' },
      ],
      marks: [limit],
      instants: [end, ...back],
      notEvidence,
      data: null,
    },
    timeline,
  )
}

function backlogChart(page: Page): Markup {
  const { result, figures, timeline, columns, notEvidence } = page
  const { series } = result
  const long = inLongColumns(page)
  const drawn = series.backlog.filter((value) => value !== null)
  if (drawn.length === 0) return html`<p class="none">Backlog: not measured in this run.</p>`
  return timeChart(
    {
      id: 'backlog',
      finding: backlogFinding(figures),
      how: [
        'Messages accepted but not yet stored, ',
        ...(long ? ['the most and the least ', ...eachColumn(page)] : ['at the end of each second']),
        '. Flat at the floor: the store kept up.',
      ],
      unit: 'msg',
      height: 180,
      scale: linearScale(drawn, 4),
      tickText: formatAxisRate,
      columns,
      lines: [
        { name: 'backlog', label: long ? 'most' : 'backlog', key: 'backlog', values: series.backlog, style: 'area' },
        ...leastLine('backlogMin', series.backlogMin),
      ],
      marks: [],
      instants: [],
      notEvidence,
      data: dataTable(page, 'Backlog, messages', ['backlog']),
    },
    timeline,
  )
}
