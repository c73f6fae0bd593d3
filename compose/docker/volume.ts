/** What an engine keeps in a volume of this daemon: how much it is, and how the engine is told to write and tidy it. */
import { setTimeout as delay } from 'node:timers/promises'
import type { DataVolume } from '../component.ts'
import type { ReadyImage, Upkeep } from '../images/image.ts'
import type { Daemon } from './daemon.ts'
import { outputIn } from './exec.ts'

/** Somebody else may have the daemon count already, which it does once at a time. */
const tries = 20
const againMs = 500
const tidiedMs = 60_000

export interface VolumeOptions {
  readonly daemon: Daemon
  /** As the daemon calls it. */
  readonly name: string
  /** Id of the container that has it now. */
  readonly container: () => string
  readonly image: ReadyImage
}

/** Measured by the daemon, steered by commands in the engine's container. */
export class EngineVolume implements DataVolume {
  readonly settle?: DataVolume['settle']
  readonly compact?: DataVolume['compact']
  readonly #options: VolumeOptions

  constructor(options: VolumeOptions) {
    this.#options = options
    const { settle, compact, untidy }: Upkeep = options.image.facts.upkeep?.[options.image.source] ?? {}
    if (settle) this.settle = async () => void (await this.#run(settle))
    if (compact)
      this.compact = async (database) => {
        await this.#run([...compact, database])
        if (untidy) await this.#untilNone(untidy)
      }
  }

  async usage(journal: RegExp) {
    const { daemon, name } = this.#options
    const files = await this.#files()
    const journalBytes = files.reduce((sum, { path, bytes }) => sum + (journal.test(path) ? bytes : 0), 0)
    return { bytes: Math.max(0, (await volumeBytes(daemon, name)) - journalBytes), journalBytes }
  }

  #run(command: readonly string[]): Promise<string> {
    return outputIn(this.#options.daemon, this.#options.container(), command)
  }

  async #files(): Promise<ListedFile[]> {
    const root = this.#options.image.facts.dataPath!
    // A file that goes while it is listed makes `ls` fail, which is no reason to know nothing of the others.
    return listedFiles(await this.#run(['sh', '-c', 'ls -lnAR "$0" 2>/dev/null || true', root]), root)
  }

  async #untilNone(untidy: RegExp): Promise<void> {
    for (const deadlineMs = Date.now() + tidiedMs; Date.now() < deadlineMs; await delay(againMs))
      if (!(await this.#files()).some(({ path }) => untidy.test(path))) return
    throw new Error(`files that compaction replaced were still there after ${tidiedMs / 1000} s`)
  }
}

/** Bytes of a volume by `docker system df`. Rejects when the daemon does not know it, or does not answer. */
export async function volumeBytes(daemon: Daemon, name: string): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { Volumes } = await diskUse(daemon)
      const bytes = Volumes?.find((volume) => volume.Name === name)?.UsageData?.Size ?? -1
      if (bytes < 0) throw new Error(`the daemon does not tell how big the volume ${name} is`)
      return bytes
    } catch (error) {
      if (attempt === tries || !/already running/.test((error as Error).message)) throw error
      await delay(againMs)
    }
  }
}

interface DiskUse {
  readonly Volumes?: readonly { readonly Name: string; readonly UsageData?: { readonly Size: number } | null }[] | null
}

/** Daemons before API 1.42 know no type, and count images too. */
function diskUse({ api }: Daemon): Promise<DiskUse> {
  const request = { path: '/system/df?', method: 'GET', options: { type: 'volume' }, statusCodes: { 200: true } }
  return new Promise((resolve, reject) =>
    api.modem.dial(request, (error, data) => (error ? reject(error) : resolve(data as DiskUse))),
  )
}

export interface ListedFile {
  /** Below the root. */
  readonly path: string
  readonly bytes: number
}

/** Files in what `ls -lnAR <root>` printed, of busybox or of GNU; no engine has a blank in a name. */
export function listedFiles(text: string, root: string): ListedFile[] {
  let folder = ''
  return text.split('\n').flatMap((line) => {
    if (line.startsWith(root) && line.endsWith(':')) folder = line.slice(root.length + 1, -1)
    const words = line.split(/\s+/)
    if (!line.startsWith('-') || words.length < 8) return []
    return [{ path: folder === '' ? words.at(-1)! : `${folder}/${words.at(-1)}`, bytes: Number(words[4]) }]
  })
}
