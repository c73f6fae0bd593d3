import { readFileSync } from 'node:fs'
import { createRequire, stripTypeScriptTypes } from 'node:module'
import { dirname, join } from 'node:path'

/** What is inlined into the page: its style, the chart library, and the browser's share of this program. */

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
const require = createRequire(import.meta.url)
const uplotFolder = () => join(dirname(require.resolve('uplot/package.json')), 'dist')
/** A file of the chart library. */
export const readUplot = (name: 'uPlot.min.css' | 'uPlot.iife.min.js') =>
  readFileSync(join(uplotFolder(), name), 'utf8')

const sharedStyles = ['palette.css', 'report.css', 'charts.css', 'controls.css', 'media.css']

export interface Assets {
  readonly styles: string
  readonly script: string
}

/** Style and script of the run report, uPlot included. */
export function runAssets(): Assets {
  return {
    styles: `${readUplot('uPlot.min.css').trim()}\n${stylesheet(sharedStyles)}`,
    script: `${readUplot('uPlot.iife.min.js').trim()}\n${script(runScripts)}`,
  }
}

/** Style and script of the comparison: its pictures are static, only marking a run needs a script. */
export function comparisonAssets(): Assets {
  return { styles: stylesheet([...sharedStyles, 'comparison.css']), script: script(comparisonScripts) }
}

function stylesheet(files: readonly string[]): string {
  const own = files.map(read).join('\n')
  return own
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\s*\n\s*/g, '\n')
    .replace(/^([\w-]+): /gm, '$1:')
    .replace(/ \{\n/g, '{')
    .replace(/;\n\}/g, '}')
    .trim()
}

/** In order of use: each file may name only what stands in the files before it. */
const runScripts = [
  '../format.ts',
  '../charts/scale.ts',
  '../charts/columns.ts',
  '../browser/dom.ts',
  '../browser/theme.ts',
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
const comparisonScripts = ['../browser/dom.ts', '../browser/theme.ts', '../browser/comparison.ts']

function script(files: readonly string[]): string {
  return `(() => {\n'use strict'\n${files.map((path) => plainScript(read(path))).join('\n')}\n})()\n`
}

/**
 * TypeScript to a plain script: types blanked out by Node itself, imports and the word `export` removed, because all
 * files share one scope. A bundler would do the same for the price of a dependency.
 */
function plainScript(source: string): string {
  return (
    withoutTypes(source)
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

/** TypeScript as plain JavaScript, its types blanked out by Node itself. */
export const withoutTypes = (source: string): string => withoutWarning(() => stripTypeScriptTypes(source))

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
