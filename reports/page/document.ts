import { createHash } from 'node:crypto'
import { type Content, html, Markup } from '../html.ts'

/** The shell that all reports share: one file, nothing from the network, readable without script. */

export interface Section {
  readonly id: string
  readonly title: string
  readonly body: Content
}

export interface PageParts {
  readonly title: string
  /** Attributes of `html`, for bots: `{ verdict: 'PASS' }` becomes `data-verdict="PASS"`. */
  readonly data: Readonly<Record<string, string>>
  /** Contents of `<meta name="lab-...">`. */
  readonly meta: Readonly<Record<string, string>>
  /** Id and words of the first thing to read. */
  readonly start: { readonly id: string; readonly label: string }
  /** What stands before the contents. */
  readonly head: Content
  /** Entries of the contents that stand in `head`. */
  readonly first: readonly { readonly id: string; readonly title: string }[]
  readonly sections: readonly Section[]
  /** Drawn on by the pictures: patterns and marks. */
  readonly definitions: Markup
  /** The embedded document: canonical JSON under this id. */
  readonly json: { readonly id: string; readonly text: string }
  readonly styles: string
  readonly script: string
}

export function pageText(parts: PageParts): string {
  const { title, start, sections, json, styles, script } = parts
  const policy = `default-src 'none'; style-src ${hashOf(styles)}; script-src ${hashOf(script)}; base-uri 'none'; form-action 'none'`
  const data = Object.entries(parts.data).map(([name, value]) => html` data-${new Markup(name)}="${value}"`)
  const meta = Object.entries(parts.meta).map(
    ([name, value]) => html`<meta name="lab-${new Markup(name)}" content="${value}">`,
  )
  const markup = html`<!doctype html>
<html lang="en"${data}>
<head><meta charset="utf-8"><title>${title}</title>
${meta}
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<style>${new Markup(styles)}</style></head>
<body><a class="skip" href="#${start.id}">${start.label}</a>
<svg class="patterns" aria-hidden="true" width="0" height="0"><defs>${parts.definitions}</defs></svg>
<main>${parts.head}
${contents([...parts.first, ...sections])}
${sections.map((section, index) => sectionMarkup(section, index + 1 + parts.first.length))}
</main>
<script type="application/json" id="${json.id}">${new Markup(json.text.trimEnd().replaceAll('<', '\\u003c'))}</script>
<script>${new Markup(script)}</script>
</body></html>
`
  return markup.text
}

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

function contents(entries: readonly { readonly id: string; readonly title: string }[]): Markup {
  const items = entries.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)
  return html`<nav id="contents" aria-label="Contents"><ol>${items}</ol><div id="controls"></div></nav>`
}

const sectionMarkup = ({ id, title, body }: Section, number: number): Markup =>
  html`<section id="${id}" aria-labelledby="t-${id}"><h2 id="t-${id}"><a class="anchor" href="#${id}" data-static>${number}</a> ${title}</h2>${body}</section>`

/** Diagonal hatches for all pictures, each with a class `pattern-<name>`. */
export function hatches(names: readonly string[]): Markup {
  const patterns = names.map(
    (name) =>
      `<pattern id="${name}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="pattern-${name}" d="M0 0v6"/></pattern>`,
  )
  return new Markup(patterns.join(''))
}

export interface Embedded {
  readonly sha256: string
  readonly bytes: number
}

/** What the page prints about the document inside it. */
export const embeddedFacts = (text: string): Embedded => ({
  sha256: createHash('sha256').update(text).digest('hex'),
  bytes: Buffer.byteLength(text),
})
