import { fixed } from '../../figures.ts'
import { html, type Markup, type Row, table } from '../../html.ts'
import type { Embedded, Section } from '../../page/document.ts'
import type { Page } from '../page.ts'

/** Sections of words: where the time went, what happened, what was run on what, how to do it again. */

export function whereSection(): Section {
  const body = html`<p class="none">Left out: this run carries no stamps inside the system, so its time cannot be divided.</p>`
  return { id: 'where', title: 'Where did the time go?', body }
}

export function eventsSection({ result, figures }: Page): Section {
  const title = 'What happened when?'
  if (result.events.length === 0)
    return { id: 'events', title, body: html`<p class="none">No fault, restart, reconnect or cut was recorded.</p>` }
  const start = Date.parse(result.run.startedAt)
  const rows = result.events.map((event, index): Row => {
    const at = `/events/${index}`
    const until = event.untilS === null ? null : html` to ${figures.at(`${at}/untilS`, 'seconds')}`
    const clock = new Date(start + event.tS * 1_000).toISOString().slice(11, 19)
    return {
      data: { event: event.id },
      cells: [
        html`<span id="event-${event.id}">${figures.quote(`${at}/id`)}</span>`,
        html`${figures.at(`${at}/tS`, 'seconds')}${until}`,
        html`<time data-src="${at}/tS" data-op="clock">${clock}</time>`,
        event.phase,
        event.planned ? `${event.kind}, planned` : event.kind,
        figures.quote(`${at}/what`),
        figures.quote(`${at}/effect`),
      ],
    }
  })
  const head = ['event', 'after start', 'UTC', 'phase', 'kind', 'what', 'effect']
  return { id: 'events', title, body: table({ caption: 'Events in order', head, rows }) }
}

export function setupSection(page: Page): Section {
  const body = html`<div class="pair">${engineTable(page)}${machineTable(page)}</div>${configTables(page)}`
  return { id: 'setup', title: 'What was run on what?', body }
}

function engineTable({ result, figures }: Page): Markup {
  const rows = result.target.engines.map((entry, index): Row => {
    const at = `/target/engines/${index}`
    const compatible = entry.engine.compatibleWith
    const flagText =
      compatible === undefined
        ? null
        : html` <span class="compatible">compatible with ${figures.quote(`${at}/engine/compatibleWith`)}</span>`
    const details =
      entry.engine.details === undefined
        ? null
        : html` <span class="aside">${figures.quote(`${at}/engine/details`)}</span>`
    const identity = html`${figures.quote(`${at}/engine/product`)} ${figures.quote(`${at}/engine/version`)}${flagText}${details}`
    return { cells: [entry.role, identity, figures.quote(`${at}/durability`), figures.quote(`${at}/origin`)] }
  })
  const parts: [string, string][] = [
    ['edition', '/target/edition'],
    ['pipeline', '/target/pipeline'],
    ['fan-out', '/target/fanout'],
  ]
  const own = parts.map(([name, pointer]): Row => ({ cells: [name, figures.quote(pointer), '', ''] }))
  const processes = result.target.processes.map(
    (_, index): Row => ({ cells: ['process', figures.quote(`/target/processes/${index}`), '', ''] }),
  )
  return table({
    caption: 'System under test, engines as detected over the wire',
    head: ['role', 'identity', 'durability', 'origin'],
    rows: [...rows, ...own, ...processes],
  })
}

function machineTable({ result, figures }: Page): Markup {
  const at = '/environment'
  const rows: Row[] = [
    { cells: ['processor', figures.quote(`${at}/cpuModel`)] },
    { cells: ['cores', figures.at(`${at}/cores`, 'count')] },
    {
      cells: [
        'cores allowed',
        result.environment.allowedCores === null ? 'not told by this system' : figures.quote(`${at}/allowedCores`),
      ],
    },
    { cells: ['memory', figures.at(`${at}/memoryMiB`, 'mebibytes')] },
    { cells: ['kernel', figures.quote(`${at}/kernel`)] },
    { cells: ['system', figures.quote(`${at}/os`)] },
    { cells: ['users', figures.at('/workload/users', 'count')] },
    {
      cells: [
        'rooms',
        html`${figures.at('/workload/rooms', 'count')} of ${figures.at('/workload/roomSize', 'count')} members`,
      ],
    },
    { cells: ['history', html`${figures.at('/workload/history', 'count')} messages before the load`] },
    {
      cells: ['body', html`${figures.at('/workload/bodyBytes', 'bytes')}, ${result.workload.languages.join(' and ')}`],
    },
    { cells: ['arrivals', result.workload.arrivals] },
    { cells: ['in time', html`within ${figures.at('/workload/goodputBoundUs', 'bound')}`] },
    ...Object.keys(result.environment.versions).map(
      (name): Row => ({
        cells: [name, figures.quote(`${at}/versions/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`)],
      }),
    ),
  ]
  return table({ caption: 'Machine, versions and workload', head: ['what', 'value'], rows })
}

function configTables({ result, figures }: Page): Markup {
  const rows = (changed: boolean) =>
    result.config.flatMap((entry, index): Row[] =>
      entry.changed === changed
        ? [
            {
              data: { config: entry.name },
              cells: [
                figures.quote(`/config/${index}/name`),
                figures.quote(`/config/${index}/value`),
                figures.quote(`/config/${index}/default`),
              ],
            },
          ]
        : [],
    )
  const head = ['setting', 'value', 'default']
  const changed = rows(true)
  const rest = rows(false)
  const first =
    changed.length === 0
      ? html`<p class="none">Every setting has its default.</p>`
      : table({ caption: 'Settings changed from their default', head, rows: changed })
  const folded =
    rest.length === 0
      ? null
      : html`<details><summary>Settings at their default</summary>${table({ caption: 'Settings at their default', head, rows: rest })}</details>`
  return html`${first}${folded}`
}

export function repeatSection({ figures }: Page, { sha256, bytes }: Embedded): Section {
  const rows: Row[] = [
    { cells: ['run', html`<code>${figures.quote('/run/id')}</code>`] },
    { cells: ['folder', html`<code>${figures.quote('/run/folder')}</code>`] },
    { cells: ['seed', html`<code>${figures.at('/run/seed', 'plain')}</code>`] },
    {
      cells: [
        'commit',
        html`<code>${figures.result.run.commit === null ? 'unknown' : figures.quote('/run/commit')}</code>`,
      ],
    },
    { cells: ['lab', html`<code>${figures.quote('/run/labVersion')}</code>`] },
    { cells: [[fixed('SHA-256'), ' of result.json'], html`<code id="result-sha256">${sha256}</code>`] },
    { cells: ['size of result.json', html`<code>${String(bytes)} bytes</code>`] },
  ]
  const body = html`<pre class="command" tabindex="0" aria-label="Command"><code id="command" data-src="/run/command">${figures.result.run.command}</code></pre>${table({ caption: 'What identifies this run', head: ['what', 'value'], rows })}`
  return { id: 'repeat', title: 'How do I do it again?', body }
}
