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

/** Reads result.json or report.html files; finds everything that is wrong with all of them before it gives up. */
export async function readFinished(files: readonly string[]): Promise<Finished> {
  const problems: string[] = []
  const runs: FinishedFile[] = []
  for (const file of files) {
    try {
      const result = readResult(await readFile(file, 'utf8'))
      runs.push({ file, result, sha256: createHash('sha256').update(serializeResult(result)).digest('hex') })
    } catch (error) {
      const what = error instanceof ResultError ? error.message : `cannot be read: ${(error as Error).message}`
      problems.push(`${file}: ${what}`)
    }
  }
  const ids = runs.map(({ result }) => result.run.id)
  for (const id of new Set(ids))
    if (ids.filter((other) => other === id).length > 1) problems.push(`run ${id} is given twice`)
  return problems.length > 0 ? { kind: 'problems', problems } : { kind: 'runs', runs }
}
