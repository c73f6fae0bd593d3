import { readFile } from 'node:fs/promises'
import { DocumentError } from '../../reports/schema/document.ts'
import type { Result } from '../../reports/schema/result.ts'

/** Reads every file before it gives up on any: null for those that cannot be used, each with its problem. */
export async function readDocuments<T>(
  files: readonly string[],
  parse: (text: string) => T,
  problems: string[],
): Promise<(T | null)[]> {
  const documents: (T | null)[] = []
  for (const file of files)
    documents.push(
      await readFile(file, 'utf8')
        .then(parse)
        .catch((error: unknown) => {
          problems.push(unreadable(file, error as Error))
          return null
        }),
    )
  return documents
}

function unreadable(file: string, error: Error): string {
  return error instanceof DocumentError ? `${file}: ${error.message}` : `${file} cannot be read: ${error.message}`
}

/**
 * A run counted twice makes the noise look smaller than it is, and a run is no news against itself. Runs of two series
 * may have the same id, so the start tells them apart.
 */
export function repeatedRuns(results: readonly Result[]): string[] {
  const names = results.map(({ run }) => `${run.id}, started at ${run.startedAt},`)
  const repeated = new Set(names.filter((name, index) => names.indexOf(name) < index))
  return [...repeated].map((name) => `run ${name} is given more than once`)
}
