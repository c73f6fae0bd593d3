import { readFileSync } from 'node:fs'
import { readUplot, withoutTypes } from '../../reports/page/assets.ts'

/** Every file the page may ask for, ready to be sent: modules as the browser resolves them, their types taken off. */

export interface ServedFile {
  readonly type: string
  readonly text: string
}

const root = new URL('../../', import.meta.url)
const entry = 'dashboards/viewer/browser/main.ts'
const styles = [
  'reports/page/palette.css',
  'reports/page/report.css',
  'reports/page/controls.css',
  'dashboards/viewer/viewer.css',
]

const javascript = 'text/javascript; charset=utf-8'
const css = 'text/css; charset=utf-8'

/** By path, `/` for the page itself. */
export function pageFiles(): ReadonlyMap<string, ServedFile> {
  const files = new Map<string, ServedFile>()
  addModules(entry, files)
  for (const path of styles) files.set(`/${path}`, { type: css, text: read(path) })
  files.set('/uplot.css', { type: css, text: readUplot('uPlot.min.css') })
  files.set('/uplot.js', { type: javascript, text: readUplot('uPlot.iife.min.js') })
  files.set('/', { type: 'text/html; charset=utf-8', text: page() })
  return files
}

const read = (path: string) => readFileSync(new URL(path, root), 'utf8')

function addModules(path: string, files: Map<string, ServedFile>): void {
  if (files.has(`/${path}`)) return
  const text = withoutTypes(read(path))
  files.set(`/${path}`, { type: javascript, text })
  for (const [, target] of text.matchAll(/^import [^']*from '(\.[^']+)'/gm))
    addModules(new URL(target as string, new URL(path, root)).href.slice(root.href.length), files)
}

const page = (): string => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Dashboards</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
${['uplot.css', ...styles].map((path) => `<link rel="stylesheet" href="/${path}">`).join('\n')}
<script src="/uplot.js" defer></script><script type="module" src="/${entry}"></script></head>
<body><a class="skip" href="#panels">To the panels</a>
<main>
<header><h1 id="title">Dashboards</h1><p id="about"></p></header>
<nav id="boards" aria-label="Boards"></nav>
<div id="bar"></div>
<div id="marks"></div>
<div id="panels"></div>
</main>
<noscript>The panels are drawn by script.</noscript>
</body></html>
`
