import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parseResult } from '../../reports/schema/validate.ts'

const checkout = fileURLToPath(new URL('../../', import.meta.url))

for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
  test(`a run whose npm is ended by ${signal} keeps what it measured and leaves no process`, async (t) => {
    const outDir = await mkdtemp(join(tmpdir(), 'npm-run-'))
    t.after(() => rm(outDir, { recursive: true, force: true }))
    const npm = spawn('npm', ['run', 'smoke', '--', `--out=${outDir}`, '--noisy-ok'], {
      cwd: checkout,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    // The pipe closes when the last process that holds it is gone: npm's own end is no such sign.
    const closed = once(npm.stderr, 'close')
    const lines: string[] = []
    for await (const line of createInterface({ input: npm.stderr })) {
      lines.push(line)
      if (/ base /.test(line)) npm.kill(signal)
    }
    await closed
    assert.ok(
      lines.some((line) => line.startsWith('stopping: ')),
      lines.join('\n'),
    )
    const [run] = await readdir(outDir)
    const result = parseResult(await readFile(join(outDir, run!, 'result.json'), 'utf8'))
    assert.equal(result.verdict.outcome, 'INCOMPLETE')
    assert.ok(result.phases.reduce((sum, { sent }) => sum + sent, 0) > 0)
  })
}
