import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { EnvironmentError, type Session } from '../../compose/component.ts'
import { type RunningPrometheus, startPrometheus } from './prometheus.ts'

/** What a run keeps of its Prometheus: `<run>/prometheus/observed.json` beside the database in `tsdb/`. */
export interface Observed {
  readonly schema: 'lab.observed/1'
  readonly run: string
  readonly backend: string
  readonly startUnixMs: number
  readonly endUnixMs: number
  readonly version: string
  readonly bytes: number
}

/** An hour of a run of ten processes is some 60 MiB; a run that keeps more than this has lost a bound elsewhere. */
const mostBytes = 256 * 1024 * 1024

const folderOf = (runFolder: string) => join(runFolder, 'prometheus')

/** Has Prometheus write what it holds in memory, and moves it into the run folder. Rejects when it does not answer. */
export async function keepSnapshot(
  { url }: RunningPrometheus,
  tsdb: string,
  runFolder: string,
  facts: Omit<Observed, 'schema' | 'bytes'>,
): Promise<Observed> {
  const answer = await fetch(`${url}/api/v1/admin/tsdb/snapshot`, {
    method: 'POST',
    signal: AbortSignal.timeout(30_000),
  })
  if (!answer.ok) throw new Error(`the snapshot was answered with ${answer.status}: ${await answer.text()}`)
  const { data } = (await answer.json()) as { data: { name: string } }
  return keep(join(tsdb, 'snapshots', data.name), runFolder, facts)
}

/** Keeps the files of a Prometheus that has ended by itself: its journal has everything but the last moments. */
export async function keepFiles(
  tsdb: string,
  runFolder: string,
  facts: Omit<Observed, 'schema' | 'bytes'>,
): Promise<Observed> {
  for (const name of ['lock', 'queries.active', 'snapshots'])
    await rm(join(tsdb, name), { recursive: true, force: true })
  return keep(tsdb, runFolder, facts)
}

async function keep(from: string, runFolder: string, facts: Omit<Observed, 'schema' | 'bytes'>): Promise<Observed> {
  const bytes = await sizeOf(from)
  if (bytes > mostBytes) throw new Error(`its data takes ${bytes} bytes, more than the ${mostBytes} a run may keep`)
  const folder = folderOf(runFolder)
  await mkdir(folder, { recursive: true })
  await rename(from, join(folder, 'tsdb'))
  const observed: Observed = { schema: 'lab.observed/1', ...facts, bytes }
  await writeFile(join(folder, 'observed.json'), `${JSON.stringify(observed, null, 2)}\n`)
  return observed
}

async function sizeOf(folder: string): Promise<number> {
  const items = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = items.filter((item) => item.isFile())
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(file.parentPath, file.name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** Rejects with an EnvironmentError when the run kept nothing. */
export async function readObserved(runFolder: string): Promise<Observed> {
  const text = await readFile(join(folderOf(runFolder), 'observed.json'), 'utf8').catch(() => null)
  if (text !== null) return JSON.parse(text) as Observed
  throw new EnvironmentError(
    'ENV-MISSING',
    'prometheus',
    existsSync(runFolder) ? `${runFolder} has no Prometheus data.` : `There is no folder ${runFolder}.`,
    'Name the folder of a run that was observed (the default; --observe=off keeps nothing).',
  )
}

export interface ServedSnapshots {
  /** Address of a Prometheus that answers with the runs' data; it ends with the session. */
  readonly url: string
  readonly runs: readonly Observed[]
}

/**
 * Serves the data of finished runs, from copies: the run folders stay as they are. Blocks of several runs go into one
 * database, where the label `run` tells them apart. Rejects with an EnvironmentError.
 */
export async function serveSnapshots(runFolders: readonly string[], session: Session): Promise<ServedSnapshots> {
  const runs = await Promise.all(runFolders.map(readObserved))
  const tsdb = join(session.dataDir, 'served', 'tsdb')
  await mkdir(tsdb, { recursive: true })
  for (const folder of runFolders) await addTo(tsdb, join(folderOf(folder), 'tsdb'), runFolders.length > 1)
  const observed = { run: '', backend: '', runtime: '' }
  const { url } = await startPrometheus(session, 'served', { observed, jobs: [], tsdb })
  return { url, runs }
}

/** A journal belongs to one database: of several runs only blocks fit together. */
async function addTo(tsdb: string, from: string, isOneOfSeveral: boolean): Promise<void> {
  const names = await readdir(from)
  if (isOneOfSeveral && names.includes('wal'))
    throw new EnvironmentError(
      'ENV-MISSING',
      'prometheus',
      `The Prometheus of ${basename(join(from, '..', '..'))} ended in mid-run: its data has no blocks.`,
      'Serve this run alone.',
    )
  for (const name of names) await cp(join(from, name), join(tsdb, name), { recursive: true })
}
