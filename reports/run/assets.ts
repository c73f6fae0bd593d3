import { readFileSync } from 'node:fs'
import { createRequire, stripTypeScriptTypes } from 'node:module'
import { dirname, join } from 'node:path'

/** What is inlined into the page: its style, the chart library, and the browser's share of this program. */

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
const require = createRequire(import.meta.url)
const uplotFolder = () => join(dirname(require.resolve('uplot/package.json')), 'dist')
const readUplot = (name: string) => readFileSync(join(uplotFolder(), name), 'utf8')

const styleFiles = ['palette.css', 'report.css', 'charts.css', 'controls.css', 'media.css']

export function stylesheet(): string {
  const own = styleFiles.map(read).join('\n')
  const small = own.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\s*\n\s*/g, '\n')
  return `${readUplot('uPlot.min.css').trim()}\n${small.trim()}`
}

/** In order of use: each file may name only what stands in the files before it. */
const scriptFiles = [
  '../format.ts',
  '../charts/scale.ts',
  '../browser/run.ts',
  '../browser/link.ts',
  '../browser/frame.ts',
  '../browser/plot.ts',
  '../browser/readout.ts',
  '../browser/csv.ts',
  '../browser/help.ts',
  '../browser/valueAxis.ts',
  '../browser/controls.ts',
  '../browser/main.ts',
]

export function interactiveScript(): string {
  const own = scriptFiles.map((path) => plainScript(read(path))).join('\n')
  return `${readUplot('uPlot.iife.min.js').trim()}\n(() => {\n'use strict'\n${own}\n})()\n`
}

/**
 * TypeScript to a plain script: types blanked out by Node itself, imports and the word `export` removed, because all
 * files share one scope. A bundler would do the same for the price of a dependency.
 */
function plainScript(source: string): string {
  return (
    withoutWarning(() => stripTypeScriptTypes(source))
      .replace(/^import [\s\S]*?from '[^']+'$/gm, '')
      .replace(/^export /gm, '')
      .replace(/\/\*\*[\s\S]*?\*\//g, '')
      .replace(/^\s*\/\/ .*$/gm, '')
      // No string in these files spans lines or holds two spaces, so what remains of the types can go.
      .replace(/^[ \t]+|[ \t]+$/gm, '')
      .replace(/ {2,}/g, ' ')
      .replace(/\n{2,}/g, '\n')
      .trim()
  )
}

/** Node calls the function experimental on the standard error of every run; the version is pinned here. */
function withoutWarning<T>(action: () => T): T {
  const emitWarning = process.emitWarning
  process.emitWarning = () => {}
  try {
    return action()
  } finally {
    process.emitWarning = emitWarning
  }
}
