import { homedir, tmpdir } from 'node:os'
import { basename, isAbsolute, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Reports are passed on: where things lie on this machine is nobody's business. */

export const checkoutRoot = fileURLToPath(new URL('../../', import.meta.url))

/** The folder from the checkout on; by its name alone where it lies elsewhere. */
export function shownFolder(folder: string): string {
  const path = relative(checkoutRoot, folder)
  return path.startsWith('..') || isAbsolute(path) ? basename(folder) : path
}

/** A copy of the document, its texts with the machine's own folders replaced: those end up in errors and last words. */
export function withoutPaths<Document>(document: Document, runFolder: string): Document {
  const names = new Map([
    [tmpdir(), '<tmp>'],
    [homedir(), '~'],
    [resolve(checkoutRoot), '.'],
    [resolve(runFolder), shownFolder(runFolder)],
  ])
  const longestFirst = [...names.keys()].filter((path) => path.length > 1).sort((a, b) => b.length - a.length)
  const escaped = longestFirst.map((path) => path.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  const places = new RegExp(`(?<![\\w.-])(?:${escaped.join('|')})(?![\\w.-])`, 'g')
  const shown = (_key: string, value: unknown) =>
    typeof value === 'string' ? value.replaceAll(places, (path) => names.get(path)!) : value
  return JSON.parse(JSON.stringify(document), shown) as Document
}
