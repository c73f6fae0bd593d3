import { plainText } from '../../figures.ts'
import { type Content, compactTable, html, type Markup, type Row, table } from '../../html.ts'
import type { Section } from '../../page/document.ts'
import { armName, type ComparisonPage, intervalAt, metricIndex } from '../page.ts'

/** What the arms are, in what they differ, in which order they ran, and what noise looks like. */
export function fairSection(page: ComparisonPage): Section {
  const body = html`${armsTable(page)}${differencesTable(page)}${orderStrip(page)}${excludedTable(page)}<div class="pair">${floorTable(page)}${settingTable(page)}</div>${enginesTable(page)}${limitsTable(page)}`
  return { id: 'fair', title: 'Was it fair?', body }
}

function armsTable(page: ComparisonPage): Markup {
  const { comparison, figures } = page
  const rows = comparison.arms.map((arm, index): Row => {
    const at = `/arms/${index}`
    const flags = arm.compatibleFlags.map(
      (_, flag) => html` <span class="compatible">${figures.quote(`${at}/compatibleFlags/${flag}`)}</span>`,
    )
    const met = arm.metSlos
      ? html`<span class="state good">yes</span>`
      : arm.missed === null
        ? 'no run counts'
        : html`<span class="state bad">no</span>, missed ${figures.quote(`${at}/missed`)}`
    return {
      data: { arm: arm.name },
      ...(arm.floorOnly ? { tone: 'quiet' } : {}),
      cells: [
        armName(page, arm.name),
        html`${arm.title === null ? 'never came up' : figures.quote(`${at}/title`)}${flags}`,
        arm.floorOnly ? 'A/A pair: noise only' : 'compared',
        html`${figures.at(`${at}/runsUsed`, 'count')} of ${figures.at(`${at}/runsPlanned`, 'count')}`,
        met,
        arm.problem === null
          ? 'whole'
          : html`<span class="state bad">not whole</span>: ${figures.quote(`${at}/problem`)}`,
      ],
    }
  })
  return table({
    caption: 'Arms; the first is the baseline',
    head: ['arm', 'identity', 'part', '#runs that count', 'met every SLO?', 'series'],
    rows,
  })
}

const kinds = { factor: 'the named factor', follows: 'follows from it', other: 'not the factor' } as const

function differencesTable(page: ComparisonPage): Markup {
  const { comparison } = page
  if (comparison.differences.length === 0)
    return html`<p class="none">The arms differ in nothing that was recorded.</p>`
  const order = Object.keys(kinds)
  const rows = comparison.differences
    .map((difference, index) => ({ difference, index }))
    .sort((a, b) => order.indexOf(a.difference.kind) - order.indexOf(b.difference.kind) || a.index - b.index)
    .map(({ difference }): Row => {
      const word = kinds[difference.kind]
      const kind = difference.kind === 'other' ? html`<span class="state bad">${word}</span>` : word
      return {
        data: { difference: difference.name, kind: difference.kind },
        ...(difference.kind === 'other' ? { tone: 'bad' } : {}),
        cells: [difference.name, kind, ...difference.values],
      }
    })
  const caption = 'Differences between the arms; everything that is not listed was the same'
  const head = ['what', 'kind', ...comparison.arms.map((arm) => armName(page, arm.name))]
  return compactTable({ caption, pointers: ['/differences'], head, rows })
}

/** The order of the runs, so that whoever suspects drift sees who ran when. */
function orderStrip({ comparison, looks }: ComparisonPage): Markup {
  const sorted = comparison.runs.map((run, index) => ({ run, index })).sort((a, b) => a.run.order - b.run.order)
  const items = sorted.map(({ run, index }) => {
    const hollow = run.excluded === null ? '' : ' hollow'
    const look = looks.get(run.arm)?.className ?? ''
    return html`<li class="turn ${look}${hollow}" data-run="${run.id}" data-excluded="${String(run.excluded !== null)}" value="${run.order}" data-src="/runs/${index}/arm">${run.arm}</li>`
  })
  return html`<h3 class="apart">Order of the runs; dashed: does not count</h3><ol class="turns">${items}</ol>`
}

function excludedTable({ comparison, figures }: ComparisonPage): Content {
  const rows = comparison.runs.flatMap((run, index): Row[] => {
    if (run.excluded === null) return []
    const at = `/runs/${index}`
    return [
      {
        data: { run: run.id, excluded: 'true' },
        cells: [
          figures.quote(`${at}/id`),
          figures.at(`${at}/order`, 'plain'),
          figures.quote(`${at}/arm`),
          run.outcome === null ? 'no result' : figures.quote(`${at}/outcome`),
          figures.quote(`${at}/excluded`),
        ],
      },
    ]
  })
  if (rows.length === 0) return html`<p class="note">Every run that was made counts.</p>`
  return table({ caption: 'Runs that do not count', head: ['run', '#order', 'arm', 'outcome', 'why'], rows })
}

function floorTable({ comparison, figures }: ComparisonPage): Markup {
  if (comparison.floors.length === 0)
    return html`<p class="none">No A/A pair was run: what two runs of the same arm differ by is unknown.</p>`
  const rows = comparison.floors.map((floor, index): Row => {
    const at = `/floors/${index}`
    const words = [
      figures.at(`${at}/ratio`, 'ratio'),
      ' (',
      ...intervalAt(figures, at),
      '), ',
      `${floor.n[0]}+${floor.n[1]}`,
    ]
    const title = comparison.metrics[metricIndex(comparison, floor.metric)]?.title ?? ''
    return { data: { floor: floor.metric }, cells: [title, plainText(words)] }
  })
  const caption = 'A/A: the same arm against itself, the noise floor'
  return compactTable({ caption, pointers: ['/floors'], head: ['metric', 'ratio (95 % interval), runs'], rows })
}

function settingTable({ comparison, figures }: ComparisonPage): Markup {
  const at = '/workload'
  const caption = 'Load and machine, the same for every run'
  const rows: Row[] = [
    {
      cells: ['peak', html`${figures.at(`${at}/peakRate`, 'rate')} msg/s for ${figures.at(`${at}/holdS`, 'seconds')}`],
    },
    { cells: ['users', figures.at(`${at}/users`, 'count')] },
    { cells: ['room', html`${figures.at(`${at}/roomSize`, 'count')} members`] },
    { cells: ['body', figures.at(`${at}/bodyBytes`, 'bytes')] },
    { cells: ['history before a run', html`${figures.at(`${at}/history`, 'count')} messages`] },
    ...comparison.workload.slos.map((_, index): Row => ({ cells: ['SLO', figures.quote(`${at}/slos/${index}/text`)] })),
    { cells: ['processor', figures.quote('/environment/cpuModel')] },
    { cells: ['cores', figures.at('/environment/cores', 'count')] },
    { cells: ['memory', figures.at('/environment/memoryMiB', 'mebibytes')] },
    { cells: ['kernel', figures.quote('/environment/kernel')] },
  ]
  return compactTable({ caption, pointers: ['/workload', '/environment'], head: ['what', 'value'], rows })
}

function enginesTable({ comparison }: ComparisonPage): Markup {
  const rows = comparison.arms.flatMap((arm) =>
    arm.engines.map(({ role, product, version, durability, origin }): Row => {
      return { cells: [arm.name, role, `${product} ${version}`, durability, origin] }
    }),
  )
  if (rows.length === 0) return html`<p class="none">No engine was detected.</p>`
  const head = ['arm', 'role', 'identity', 'durability', 'origin']
  return compactTable({ caption: 'Engines, as detected over the wire', pointers: ['/arms'], head, rows })
}

/** Arms that allow a component the same share a row. */
function limitsTable({ comparison }: ComparisonPage): Content {
  const all = comparison.arms.flatMap(({ name, limits }) => limits.map((limit) => ({ name, ...limit })))
  const same = Map.groupBy(all, ({ component, limit }) => `${component}\n${limit}`)
  const rows = [...same.values()].map((group): Row => {
    const [{ component, limit } = { component: '', limit: '' }] = group
    return { cells: [component, group.map(({ name }) => name).join(', '), limit] }
  })
  if (rows.length === 0) return null
  const caption = 'Limits by component'
  return html`<details><summary>Cores and memory that each component was allowed</summary>${compactTable({ caption, pointers: ['/arms'], head: ['component', 'arms', 'allowed'], rows })}</details>`
}
