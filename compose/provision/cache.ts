/**
 * The cache folder: what was provisioned once, each entry named by content, complete or not there at all.
 * An entry is made in a temporary folder beside it and renamed into place, under a lock that other runs wait for.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import {
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join, relative } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import lockfile from 'proper-lockfile'
import { EnvironmentError, type Progress } from '../component.ts'
import type { Environment } from '../native/programs.ts'
import { diskFull, needSpace } from './disk.ts'

const STALE_LOCK_MS = 15_000
const LOCK_POLL_MS = 250
/** Left free on the disk beyond what an entry needs while it is made. */
const SPARE_BYTES = 200e6
const UNUSED_MS = 30 * 24 * 3_600_000
const ELSEWHERE = 'set CHAT_LAB_CACHE to a folder on another disk'
const FORMAT = 1

/** Something that was fetched to make an entry. */
export interface Source {
  readonly what: string
  readonly bytes: number
  readonly sha256: string
}

/** How an entry is made. */
export interface Recipe {
  readonly name: string
  readonly version: string
  /** Everything the content depends on; another value is another entry. */
  readonly key: string
  /** Disk space needed while it is made. */
  readonly needBytes: number
  /** Fills the empty folder; `fetched` keeps what was fetched in the manifest. May be called again after a failure. */
  make(folder: string, fetched: (source: Source) => void, signal: AbortSignal): Promise<void>
}

interface ManifestFile {
  readonly path: string
  readonly bytes: number
  readonly mtimeMs: number
  /** Of a link its target, of a file its content. */
  readonly sha256: string
}

export interface Manifest {
  readonly format: number
  readonly name: string
  readonly version: string
  readonly key: string
  readonly madeAt: string
  readonly sources: readonly Source[]
  readonly files: readonly ManifestFile[]
}

/** `$CHAT_LAB_CACHE`, else the user's cache folder. */
export function cacheFolder(env: Environment): string {
  if (env.CHAT_LAB_CACHE) return env.CHAT_LAB_CACHE
  const base = env.XDG_CACHE_HOME && isAbsolute(env.XDG_CACHE_HOME) ? env.XDG_CACHE_HOME : join(homedir(), '.cache')
  return join(base, 'chat-capacity-lab')
}

export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk)
  return hash.digest('hex')
}

export const sha256 = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex')

export class Cache {
  readonly root: string
  readonly #onProgress: (progress: Progress) => void

  constructor(root: string, onProgress: (progress: Progress) => void) {
    this.root = root
    this.#onProgress = onProgress
  }

  /** Where an entry is or will be. */
  pathOf(recipe: Recipe): string {
    return join(this.root, 'entries', `${recipe.name}-${recipe.version}-${sha256(recipe.key).slice(0, 12)}`)
  }

  /** Whether the entry is there, whole and unchanged. */
  async has(recipe: Recipe): Promise<boolean> {
    const path = this.pathOf(recipe)
    const manifest = await readManifest(path)
    return manifest !== null && manifest.key === recipe.key && (await isIntact(path, manifest))
  }

  /**
   * Path of the intact entry, made first when it is missing, incomplete or changed. Two runs at once: one makes it, the
   * other waits. Rejects with an EnvironmentError (ENV-DISK, ENV-PROVISION or the recipe's own) or the signal's reason.
   */
  async entry(recipe: Recipe, signal: AbortSignal): Promise<string> {
    if (await this.has(recipe)) return this.#use(recipe)
    const release = await this.#lock(recipe, signal)
    try {
      if (!(await this.has(recipe))) await this.#make(recipe, AbortSignal.any([signal, release.lost]))
      return await this.#use(recipe)
    } catch (error) {
      throw signal.aborted ? signal.reason : provisionError(recipe.name, error)
    } finally {
      await release.unlock()
    }
  }

  /** Keeps the time of last use as the manifest's time of change. */
  async #use(recipe: Recipe): Promise<string> {
    const now = new Date()
    await utimes(join(this.pathOf(recipe), 'manifest.json'), now, now).catch(() => undefined)
    return join(this.pathOf(recipe), 'content')
  }

  async #lock(recipe: Recipe, signal: AbortSignal) {
    const file = join(this.root, 'locks', recipe.name)
    await mkdir(join(this.root, 'locks'), { recursive: true })
    const lost = new AbortController()
    const onCompromised = () => lost.abort(new Error(`the lock of ${recipe.name} in the cache folder was taken away`))
    for (;;) {
      signal.throwIfAborted()
      try {
        const unlock = await lockfile.lock(file, { realpath: false, stale: STALE_LOCK_MS, onCompromised })
        return { lost: lost.signal, unlock: () => unlock().catch(() => undefined) }
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error
        this.#onProgress({ component: recipe.name, step: 'waiting for another run that provisions it' })
        await delay(LOCK_POLL_MS, undefined, { signal })
      }
    }
  }

  async #make(recipe: Recipe, signal: AbortSignal): Promise<void> {
    const entries = join(this.root, 'entries')
    const temporary = join(this.root, 'tmp')
    await mkdir(entries, { recursive: true })
    await mkdir(temporary, { recursive: true })
    await this.#removeLeftovers(temporary, recipe.name)
    await needSpace(recipe.name, this.root, recipe.needBytes + SPARE_BYTES, ELSEWHERE)
    const work = await mkdtemp(join(temporary, `${recipe.name}@`))
    try {
      const sources: Source[] = []
      const content = join(work, 'content')
      await mkdir(content)
      await recipe.make(content, (source) => void sources.push(source), signal)
      signal.throwIfAborted()
      const { name, version, key } = recipe
      const madeAt = new Date().toISOString()
      const manifest: Manifest = {
        format: FORMAT,
        name,
        version,
        key,
        madeAt,
        sources,
        files: await inventory(content),
      }
      await writeFile(join(work, 'manifest.json'), JSON.stringify(manifest, null, 1))
      await rm(this.pathOf(recipe), { recursive: true, force: true })
      await rename(work, this.pathOf(recipe))
      await this.#removeUnused(recipe)
    } finally {
      await rm(work, { recursive: true, force: true })
    }
  }

  /** Each change of the generator makes another k6: drops entries of this name that no run has used for long. */
  async #removeUnused(recipe: Recipe): Promise<void> {
    const entries = join(this.root, 'entries')
    for (const name of await readdir(entries)) {
      const path = join(entries, name)
      const manifest = await readManifest(path)
      const usedAt = await stat(join(path, 'manifest.json')).catch(() => null)
      const isOld = usedAt !== null && Date.now() - usedAt.mtimeMs > UNUSED_MS
      if (manifest?.name === recipe.name && isOld) await rm(path, { recursive: true, force: true })
    }
  }

  /** Under the entry's lock every temporary folder of that name is one a killed run left. */
  async #removeLeftovers(temporary: string, name: string): Promise<void> {
    for (const folder of await readdir(temporary)) {
      if (folder.startsWith(`${name}@`)) await rm(join(temporary, folder), { recursive: true, force: true })
    }
  }
}

/** What an intact or broken entry says of itself; null when there is none. */
export async function readManifest(entryPath: string): Promise<Manifest | null> {
  try {
    const manifest = JSON.parse(await readFile(join(entryPath, 'manifest.json'), 'utf8')) as Manifest
    return manifest.format === FORMAT && Array.isArray(manifest.files) ? manifest : null
  } catch {
    return null
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  return found.filter((item) => !item.isDirectory()).map((item) => join(item.parentPath, item.name))
}

const fingerprint = async (path: string, isLink: boolean): Promise<string> =>
  isLink ? sha256(await readlink(path)) : sha256OfFile(path)

async function inventory(content: string): Promise<ManifestFile[]> {
  const files: ManifestFile[] = []
  for (const path of (await filesBelow(content)).sort()) {
    const found = await lstat(path)
    const { mtimeMs } = found
    const hash = await fingerprint(path, found.isSymbolicLink())
    files.push({ path: relative(content, path), bytes: found.size, mtimeMs, sha256: hash })
  }
  return files
}

/**
 * Every file is there, as long as it was, and untouched since or of the same content. Reading all bytes of all entries
 * at each start would cost a second; a change that keeps length and time of change passes unseen.
 */
async function isIntact(entryPath: string, manifest: Manifest): Promise<boolean> {
  const check = async (file: ManifestFile): Promise<boolean> => {
    const path = join(entryPath, 'content', file.path)
    const found = await lstat(path).catch(() => null)
    if (!found || found.size !== file.bytes) return false
    return found.mtimeMs === file.mtimeMs || (await fingerprint(path, found.isSymbolicLink())) === file.sha256
  }
  return (await Promise.all(manifest.files.map(check))).every(Boolean)
}

function provisionError(component: string, error: unknown): unknown {
  if (error instanceof EnvironmentError) return error
  const full = diskFull(component, error)
  if (full) return full
  const remedy = 'Run `npm run doctor` to see what is needed and from where it is fetched.'
  const text = `${component} could not be provisioned: ${error instanceof Error ? error.message : error}`
  return new EnvironmentError('ENV-PROVISION', component, text, remedy, [], { cause: error })
}
