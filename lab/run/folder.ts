import { existsSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { renderRunReport } from '../../reports/run/render.ts'
import type { Result } from '../../reports/schema/result.ts'
import { serializeResult } from '../../reports/schema/validate.ts'

/**
 * Writes what a run leaves behind (measuring.md section 10) and moves the generator's logs beside it. The result is
 * checked against its schema before a byte is written.
 */
export async function writeRunFolder(folder: string, generatorDir: string, result: Result): Promise<void> {
  const put = (name: string, text: string) => writeFile(join(folder, name), text)
  const pretty = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`
  await put('result.json', serializeResult(result))
  for (const name of ['latency.hlog', 'timeline.ndjson'])
    if (existsSync(join(generatorDir, name))) await rename(join(generatorDir, name), join(folder, name))
  await put('ledger.json', pretty(result.ledger))
  await put('config.json', pretty({ run: result.run, workload: result.workload, config: result.config }))
  await put('environment.json', pretty({ environment: result.environment, target: result.target }))
  await put('report.html', renderRunReport(result))
}
