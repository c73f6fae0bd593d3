import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Result } from '../../reports/schema/result.ts'
import { ResultError, readResult, serializeResult } from '../../reports/schema/validate.ts'

/** A run that was read from a file. */
export interface FinishedFile {
  readonly file: string
  readonly result: Result
  /** Of its result.json. */
  readonly sha256: string
}

export type Finished =
  | { readonly kind: 'runs'; readonly runs: readonly FinishedFile[] }
  | { readonly kind: 'problems'; readonly problems: readonly string[] }

const unreadable = ({ code, message }: NodeJS.ErrnoException): string =>
  `cannot be read: ${code === 'ENOENT' ? 'there is no such file' : message}`

/** Reads result.json or report.html files; finds everything that is wrong with all of them before it gives up. */
export async function readFinished(files: readonly string[]): Promise<Finished> {
  const problems: string[] = []
  const runs: FinishedFile[] = []
  for (const file of files) {
    try {
      const result = readResult(await readFile(file, 'utf8'))
      runs.push({ file, result, sha256: createHash('sha256').update(serializeResult(result)).digest('hex') })
    } catch (error) {
      const what = error instanceof ResultError ? error.message : unreadable(error as NodeJS.ErrnoException)
      problems.push(`${file}: ${what}`)
    }
  }
  for (const [hash, same] of Map.groupBy(runs, (run) => run.sha256))
    if (same.length > 1)
      problems.push(`${same.map(({ file }) => file).join(' and ')} are the same run (${hash.slice(0, 12)})`)
  return problems.length > 0 ? { kind: 'problems', problems } : { kind: 'runs', runs }
}
