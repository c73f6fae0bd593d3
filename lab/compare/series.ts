import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Result } from '../../reports/schema/result.ts'
import { readResult } from '../../reports/schema/validate.ts'
import { randomStream } from '../statistics/random.ts'
import { interleave } from '../statistics/williams.ts'
import type { SeriesOptions } from './options.ts'
import type { PriceSheet } from './prices.ts'

export interface SeriesArm {
  readonly name: string
  /** Its value of the series' factor. */
  readonly value: string
  /** The second series of the baseline: it measures the noise floor and decides nothing. */
  readonly floorOnly: boolean
}

/** Written once when a series begins and never changed: which of its runs are done, their folders tell. */
export interface Series extends Omit<SeriesOptions, 'outDir' | 'values' | 'noiseFloor' | 'pricesFile'> {
  readonly schema: 'lab.series/3'
  readonly id: string
  readonly createdAt: string
  readonly command: string
  readonly arms: readonly SeriesArm[]
  /** Names of arms, run by run; run k of an arm has the seed of the k-th runs of the others. */
  readonly order: readonly string[]
  readonly prices: PriceSheet | null
}

/** What a series is called, and what was read for it. */
export type SeriesFacts = Pick<Series, 'id' | 'createdAt' | 'command' | 'prices'>

/** One place in the order. */
export interface Slot {
  readonly runId: string
  readonly arm: SeriesArm
  /** From 1, over the whole series. */
  readonly order: number
  readonly seed: number
}

export function planSeries(options: SeriesOptions, facts: SeriesFacts): Series {
  const { outDir: _, pricesFile: __, values, noiseFloor, ...kept } = options
  const arms = values.map((value): SeriesArm => ({ name: value, value, floorOnly: false }))
  const [baseline] = arms
  if (noiseFloor && baseline) arms.push({ ...baseline, name: `${baseline.name} again`, floorOnly: true })
  const names = arms.map(({ name }) => name)
  const order = interleave(names, options.runs, randomStream(options.seed, 'order of runs')).flat()
  return { ...kept, ...facts, schema: 'lab.series/3', arms, order }
}

/**
 * The slots in order: those planned, then one more for each run that turned out INVALID, for at most half as many as
 * an arm has. An arm that needs spare runs more than others may be what makes them INVALID: the document warns of it.
 */
export function slotsOf(series: Series, outcomes: ReadonlyMap<string, Result['verdict']['outcome']>): Slot[] {
  const spares = Math.ceil(series.runs / 2)
  const taken = new Map<string, number>()
  const slots: Slot[] = []
  const add = (name: string) => {
    const arm = series.arms.find((candidate) => candidate.name === name)!
    const k = taken.get(name) ?? 0
    taken.set(name, k + 1)
    const order = slots.length + 1
    // On engines that others use too a run's database has this name: series must not meet there.
    const runId = `${String(order).padStart(2, '0')}-${name.replaceAll(' ', '-')}-${series.id.slice(-4)}`
    slots.push({ runId, arm, order, seed: series.seed + k })
  }
  for (const name of series.order) add(name)
  for (let at = 0; at < slots.length; at++) {
    const { runId, arm } = slots[at]!
    if (outcomes.get(runId) === 'INVALID' && taken.get(arm.name)! < series.runs + spares) add(arm.name)
  }
  return slots
}

/** A series in its folder. */
export class SeriesFolder {
  readonly path: string
  readonly series: Series

  private constructor(path: string, series: Series) {
    this.path = path
    this.series = series
  }

  static async create(path: string, series: Series): Promise<SeriesFolder> {
    await mkdir(join(path, 'runs'), { recursive: true })
    await writeFile(join(path, 'series.json'), `${JSON.stringify(series, null, 2)}\n`)
    return new SeriesFolder(path, series)
  }

  /** Rejects with an Error whose message says what is wrong with the folder. */
  static async open(path: string): Promise<SeriesFolder> {
    const text = await readFile(join(path, 'series.json'), 'utf8').catch(() => {
      throw new Error(`${path} holds no series.json: give the folder of a comparison`)
    })
    const series = parseSeries(text)
    if (series?.schema === 'lab.series/3') return new SeriesFolder(path, series)
    throw new Error(`${join(path, 'series.json')} is no series of this version: use the lab that began it`)
  }

  get runsDir(): string {
    return join(this.path, 'runs')
  }

  /** The finished run of a slot, with its text; null when it has yet to be done. */
  async finished({ runId }: Slot): Promise<{ readonly result: Result; readonly text: string } | null> {
    const file = join(this.runsDir, runId, 'result.json')
    const text = await readFile(file, 'utf8').catch(() => null)
    if (text === null) return null
    const result = readResult(text)
    return result.verdict.outcome === 'INCOMPLETE' ? null : { result, text }
  }

  /** Puts aside what an interrupted try of this slot has left. */
  async makeRoom({ runId }: Slot): Promise<void> {
    const folder = join(this.runsDir, runId)
    if (!existsSync(folder)) return
    for (let n = 1; ; n++) {
      const aside = `${folder}.stopped-${n}`
      if (existsSync(aside)) continue
      return rename(folder, aside)
    }
  }
}

function parseSeries(text: string): Series | null {
  try {
    return JSON.parse(text) as Series
  } catch {
    return null
  }
}
