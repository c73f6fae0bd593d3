import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openSession } from '../../compose/native/session.ts'
import { compareCommand } from '../../lab/compare/command.ts'
import type { Io } from '../../lab/run/execute.ts'
import { readComparison } from '../../reports/schema/validate.ts'
import { recordedIo } from '../support/io.ts'

const load = ['--users=20', '--profile=base:2s@50,hold:4s@50', '--slo=p99=60s', '--noisy-ok']

/** Kills the first MySQL that is under load, from outside, as its hold begins. */
function killingMysql(io: Pick<Io, 'stdout' | 'stderr' | 'env'>): Io {
  let pid: number | null = null
  let killed = false
  const write = io.stderr.write.bind(io.stderr) as (text: string) => boolean
  const stderr = Object.assign(Object.create(io.stderr) as Io['stderr'], {
    write: (text: string) => {
      if (!killed && pid !== null && / s {2}hold /.test(text)) {
        killed = true
        process.kill(pid, 'SIGKILL')
      }
      return write(text)
    },
  })
  const open: Io['openSession'] = async (options) => {
    const session = await openSession(options)
    const start = session.start.bind(session)
    pid = null
    session.start = async (name) => {
      const component = await start(name)
      if (name === 'mysql') pid = component.processes[0]?.pid ?? null
      return component
    }
    return session
  }
  return { ...io, stderr, openSession: open, onInterrupt: () => () => {} }
}

test('an arm whose engine is killed half-way is told, kept out of the figures and run once more', async (t) => {
  const outDir = await mkdtemp(join(tmpdir(), 'compare-'))
  t.after(() => rm(outDir, { recursive: true, force: true }))
  const { io, out, err } = recordedIo({ ...process.env, MYSQL_URL: undefined })
  const args = ['--backends=sqlite,mysql', '--runs=1', '--no-aa', `--out=${outDir}`, ...load]
  const code = await compareCommand(args, killingMysql(io))
  if (/ENV-MISSING|ENV-PROVISION/.test(err()) && !process.env.CI) return t.skip(err())
  assert.equal(code, 3, err())
  const [id] = await readdir(outDir)
  const comparison = readComparison(await readFile(join(outDir, id!, 'comparison.html'), 'utf8'))
  const runs = comparison.runs.filter(({ arm }) => arm === 'mysql')
  assert.deepEqual(
    runs.map(({ outcome }) => outcome),
    ['INVALID', 'PASS'],
  )
  assert.match(runs[0]!.excluded!, /^INVALID: .*mysqld ended by itself \(signal SIGKILL\)/i)
  assert.equal(runs[1]!.excluded, null)
  assert.equal(comparison.arms.find(({ name }) => name === 'mysql')!.runsUsed, 1)
  const warning = /^Run \S+ of mysql is left out\. Mysqld ended by itself \(signal SIGKILL\)\.$/
  assert.equal(comparison.warnings.filter((text) => warning.test(text)).length, 1, comparison.warnings.join('\n'))
  assert.match(out(), /INVALID/)
})
