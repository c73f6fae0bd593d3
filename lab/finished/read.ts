/** Reads what finished runs and comparisons left behind: JSON files, or the pages that hold them. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { DocumentError } from '../../reports/schema/document.ts'
import type { Result } from '../../reports/schema/result.ts'
import { readResult, serializeResult } from '../../reports/schema/validate.ts'

/** A run that was read from a file. */
export interface FinishedFile {
  readonly file: string
  readonly result: Result
  /** Of its result.json. */
  readonly sha256: string
}

/** Those that can be used, in the order given; every file that cannot is a problem of its own. */
export async function readFinished(files: readonly string[], problems: string[]): Promise<FinishedFile[]> {
  const runs: FinishedFile[] = []
  for (const file of files) {
    const result = await readDocument(file, readResult, problems)
    if (result === null) continue
    runs.push({ file, result, sha256: createHash('sha256').update(serializeResult(result)).digest('hex') })
  }
  return runs
}

/** Null for a file that cannot be used, with its problem. */
export async function readDocument<T>(file: string, parse: (text: string) => T, problems: string[]): Promise<T | null> {
  try {
    return parse(await readFile(file, 'utf8'))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (error instanceof DocumentError) problems.push(`${file}: ${message}`)
    else problems.push(`${file} cannot be read: ${code === 'ENOENT' ? 'there is no such file' : message}`)
    return null
  }
}

/**
 * A run counted twice makes the noise look smaller than it is, and a run is no news against itself. Runs of two series
 * may have the same id, so the start tells them apart.
 */
export function repeatedRuns(runs: readonly FinishedFile[]): string[] {
  const byRun = Map.groupBy(runs, ({ result: { run } }) => `${run.id}, started at ${run.startedAt},`)
  return [...byRun].flatMap(([run, same]) =>
    same.length < 2 ? [] : [`run ${run} is given more than once: ${same.map(({ file }) => file).join(', ')}`],
  )
}
