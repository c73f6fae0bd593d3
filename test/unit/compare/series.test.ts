import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { EnvironmentError } from '../../../compose/component.ts'
import type { SeriesOptions } from '../../../lab/compare/options.ts'
import { type PlayedSeries, playSeries } from '../../../lab/compare/play.ts'
import { planSeries, SeriesFolder, slotsOf } from '../../../lab/compare/series.ts'
import { StoppedBeforeLoad } from '../../../lab/run/parts.ts'
import type { ResolvedRun } from '../../../lab/run/resolved.ts'
import type { Result } from '../../../reports/schema/result.ts'
import { serializeResult } from '../../../reports/schema/validate.ts'
import { incompleteResult, invalidResult, passResult } from '../../support/results/samples.ts'

const options: SeriesOptions = {
  scenario: 'smoke',
  factor: 'backend',
  values: ['sqlite', 'mongo'],
  runs: 2,
  delta: 1.1,
  noiseFloor: false,
  allowed: [],
  seed: 7,
  pricesFile: null,
  runArgs: [],
  cores: 'nothing is pinned',
  outDir: 'unused',
}
const plan = (changed: Partial<SeriesOptions> = {}) =>
  planSeries(
    { ...options, ...changed },
    { id: 'id', createdAt: '2026-11-21T00:00:00.000Z', command: 'npm run compare', prices: null },
  )

describe('the order of a series', () => {
  test('has every arm once a round, the same seeds in every arm, and no run id twice', () => {
    const values = fc.subarray(['sqlite', 'mongo', 'mysql'], { minLength: 2 })
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 12 }), fc.nat(), fc.boolean(), (names, runs, seed, noiseFloor) => {
        const series = plan({ values: names, runs, seed, noiseFloor })
        const slots = slotsOf(series, new Map())
        const arms = series.arms.length
        assert.equal(arms, names.length + (noiseFloor ? 1 : 0))
        assert.equal(slots.length, arms * runs)
        assert.equal(new Set(slots.map(({ runId }) => runId)).size, slots.length)
        for (let round = 0; round < runs; round++) {
          const inRound = slots.slice(round * arms, (round + 1) * arms)
          assert.equal(new Set(inRound.map(({ arm }) => arm.name)).size, arms)
          assert.ok(inRound.every((slot) => slot.seed === seed + round))
        }
      }),
    )
  })

  test('gives an arm a spare run for each one that was INVALID, half as many as it has at most', () => {
    const series = plan({ runs: 4 })
    const outcomes = new Map<string, Result['verdict']['outcome']>()
    const count = () => slotsOf(series, outcomes).filter(({ arm }) => arm.name === 'mongo').length
    const counts = [count()]
    for (let i = 0; i < 6; i++) {
      const next = slotsOf(series, outcomes).find(({ arm, runId }) => arm.name === 'mongo' && !outcomes.has(runId))
      if (next !== undefined) outcomes.set(next.runId, 'INVALID')
      counts.push(count())
    }
    assert.deepEqual(counts, [4, 5, 6, 6, 6, 6, 6])
    assert.equal(slotsOf(series, new Map([['01-sqlite-id', 'FAIL']])).length, 8)
  })
})

type Act = (run: ResolvedRun, runId: string) => Promise<Result>

/** Plays a series of two arms with two runs each; `act` stands for the lab and says how a run ended. */
async function played(t: TestContext, act: Act, folder?: SeriesFolder) {
  const path = folder?.path ?? (await mkdtemp(join(tmpdir(), 'series-')))
  if (folder === undefined) t.after(() => rm(path, { recursive: true, force: true }))
  const opened = folder ?? (await SeriesFolder.create(path, plan()))
  const done: string[] = []
  const stop = new AbortController()
  const outcome = await playSeries(opened, {
    execute: async (run, runId) => {
      done.push(runId)
      const runFolder = join(run.outDir, runId)
      await mkdir(runFolder)
      const result = await act(run, runId)
      await writeFile(join(runFolder, 'result.json'), serializeResult(result))
      return { result, folder: runFolder }
    },
    stop: stop.signal,
    say: () => {},
  })
  return { folder: opened, done, outcome, stop }
}

const reasons = ({ missing }: PlayedSeries) => missing.map(({ slot, reason }) => [slot.runId, reason])

describe('playing a series', () => {
  test('runs each slot with its backend and seed', async (t) => {
    const seen: unknown[] = []
    const { outcome, done } = await played(t, async (run, runId) => {
      seen.push([runId.split('-')[1], run.backend, run.seed])
      return passResult()
    })
    assert.equal(outcome.runs.length, 4)
    assert.deepEqual([outcome.missing, outcome.stopped], [[], null])
    const armOf = (runId: string) => runId.split('-')[1]
    const expected = done.map((runId, at) => [armOf(runId), armOf(runId), 7 + Math.floor(at / 2)])
    assert.deepEqual(seen, expected)
  })

  test('that was stopped goes on where it stood: no finished run again, the stopped one anew', async (t) => {
    const stopper = new AbortController()
    let runs = 0
    const path = await mkdtemp(join(tmpdir(), 'series-'))
    t.after(() => rm(path, { recursive: true, force: true }))
    const folder = await SeriesFolder.create(path, plan())
    const first = await playSeries(folder, {
      execute: async (run, runId) => {
        runs += 1
        if (runs === 2) stopper.abort()
        const result = runs === 2 ? incompleteResult() : passResult()
        await mkdir(join(run.outDir, runId))
        await writeFile(join(run.outDir, runId, 'result.json'), serializeResult(result))
        return { result, folder: '' }
      },
      stop: stopper.signal,
      say: () => {},
    })
    assert.equal(first.stopped, 'interrupted')
    assert.deepEqual(
      [first.runs.length, reasons(first).map(([, reason]) => reason)],
      [1, ['stopped by hand', ...Array(2).fill('the series was stopped by hand before it')]],
    )
    const second = await played(t, async () => passResult(), await SeriesFolder.open(path))
    assert.deepEqual([second.outcome.runs.length, second.outcome.stopped, second.done.length], [4, null, 3])
    assert.ok(existsSync(join(path, 'runs', `${second.done[0]}.stopped-1`)))
  })

  test('replaces INVALID runs by spare ones and keeps both', async (t) => {
    let runs = 0
    const { outcome } = await played(t, async () => (runs++ === 0 ? invalidResult() : passResult()))
    assert.deepEqual(
      outcome.runs.map(({ result }) => result.verdict.outcome),
      ['INVALID', 'PASS', 'PASS', 'PASS', 'PASS'],
    )
  })

  test('goes on with the other arms when an engine cannot be started', async (t) => {
    const { outcome } = await played(t, async (run) => {
      if (run.backend === 'mongo') throw new EnvironmentError('ENV-START', 'mongo', 'mongo did not start', 'look')
      return passResult()
    })
    assert.deepEqual([outcome.runs.length, outcome.stopped], [2, null])
    assert.deepEqual(
      reasons(outcome).map(([, reason]) => reason),
      ['mongo did not start', 'mongo did not start'],
    )
  })

  test('ends at a full disk and keeps what is done', async (t) => {
    let runs = 0
    const { outcome, folder } = await played(t, async () => {
      if (runs++ === 1) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' })
      return passResult()
    })
    assert.deepEqual([outcome.stopped, outcome.runs.length, outcome.missing.length], ['environment', 1, 3])
    assert.ok((await readdir(folder.runsDir)).length >= 1)
  })

  test('a stop before the first message counts as stopped, not as a failure', async (t) => {
    const { outcome } = await played(t, async () => {
      throw new StoppedBeforeLoad('stopped')
    })
    assert.ok(reasons(outcome).every(([, reason]) => reason === 'stopped by hand'))
  })

  test('a bug of the lab is not taken for a failed run', async (t) => {
    await assert.rejects(
      played(t, async () => {
        throw new TypeError('a bug')
      }),
      TypeError,
    )
  })
})
