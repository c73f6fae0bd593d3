import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Entries for the test runner in a folder of their own, which `close` deletes. */
export interface Rooms {
  readonly entries: readonly string[]
  close(): void
}

/**
 * One entry a folder of test files, which runs them one after the other in one process: with a process a file, half
 * of the unit lane's CPU time went into starting Node and importing the same libraries again.
 * Each file is a suite there: its hooks are its own, and one that cannot be loaded fails alone.
 */
export function openRooms(files: readonly string[]): Rooms {
  const folder = mkdtempSync(join(tmpdir(), 'chat-lab-rooms-'))
  const rooms = Object.groupBy(files, (file) => dirname(file))
  const entries = Object.entries(rooms).map(([room, inside], index) => {
    const entry = join(folder, `${index}-${basename(room)}.mjs`)
    writeFileSync(entry, entryOf(inside!))
    return entry
  })
  return { entries, close: () => rmSync(folder, { recursive: true }) }
}

/**
 * Compiled code is kept where Node keeps it by default; the variable hands it on to workers and child processes.
 * A process that ends before its tests did, whoever ended it, has failed.
 */
function entryOf(files: readonly string[]): string {
  const compiled = join(tmpdir(), 'node-compile-cache')
  const suites = files.map((file) => [file, pathToFileURL(resolve(file)).href])
  return `import { enableCompileCache } from 'node:module'
import { after, describe, test } from 'node:test'
process.env.NODE_COMPILE_CACHE ??= ${JSON.stringify(compiled)}
enableCompileCache(process.env.NODE_COMPILE_CACHE)
const notLoaded = (error) => void test('is loaded', () => { throw error })
for (const [file, url] of ${JSON.stringify(suites)}) describe(file, () => import(url).catch(notLoaded))
let done = false
after(() => { done = true })
process.on('exit', () => { if (!done) process.exitCode = 1 })
`
}
