/** Writes a root file system as a tar stream: owners and times are set here, so no root is needed and it repeats. */
import { createReadStream } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'
import { Readable } from 'node:stream'
import { type Header, type Pack, pack } from 'tar-stream'
import type { ImageEntry } from './image.ts'

/** Same content, same bytes: a layer's id then says whether anything changed. */
const FIXED_TIME = new Date('2020-01-01T00:00:00Z')
/** Debian has these as links into `usr`; a file below one of them is put where the link leads. */
const MERGED = ['bin', 'sbin', 'lib', 'lib64']

/** A stream of the archive; an error while reading a file ends it with that error. `user` is `uid:gid`. */
export function archive(entries: readonly ImageEntry[], user: string): Readable {
  const stream = pack()
  const [uid = 0, gid = 0] = user.split(':').map(Number)
  const writer = new Writer(stream, uid, gid)
  writer.all(entries).then(
    () => stream.finalize(),
    (error: Error) => stream.destroy(error),
  )
  return Readable.from(stream as AsyncIterable<Uint8Array>, { objectMode: false })
}

type EntryHeader = Partial<Header> & Pick<Header, 'name'>

class Writer {
  readonly #pack: Pack
  readonly #uid: number
  readonly #gid: number
  readonly #written = new Set<string>()

  constructor(stream: Pack, uid: number, gid: number) {
    this.#pack = stream
    this.#uid = uid
    this.#gid = gid
  }

  async all(entries: readonly ImageEntry[]): Promise<void> {
    for (const name of MERGED) await this.#link(name, `usr/${name}`)
    for (const name of MERGED) await this.#folder(`usr/${name}`, {})
    for (const name of ['proc', 'sys', 'dev', 'run']) await this.#folder(name, {})
    await this.#folder('tmp', { mode: 0o1777 })
    for (const entry of entries) await this.#entry(entry)
  }

  async #entry(entry: ImageEntry): Promise<void> {
    const path = placeOf(entry.path)
    if (entry.kind === 'text') await this.#text(path, entry.text, entry.executable === true)
    else if (entry.kind === 'link') await this.#link(path, entry.target)
    else if (entry.kind === 'copy') await this.#copy(entry.from, path, '', entry.without ?? (() => false))
    else await this.#folder(path, { uid: this.#uid, gid: this.#gid, mode: entry.mode ?? 0o755 })
  }

  async #copy(from: string, path: string, below: string, without: (path: string) => boolean): Promise<void> {
    const found = await lstat(from)
    if (found.isDirectory()) {
      if (path !== '') await this.#folder(path, {})
      for (const name of (await readdir(from)).sort()) {
        const inside = posix.join(below, name)
        if (!without(inside)) await this.#copy(join(from, name), placeOf(posix.join(path, name)), inside, without)
      }
    } else if (found.isSymbolicLink()) {
      await this.#link(path, await readlink(from))
    } else if (found.isFile() && !this.#written.has(path)) {
      await this.#parents(path)
      this.#written.add(path)
      const mode = found.mode & 0o111 ? 0o755 : 0o644
      await this.#file({ name: path, size: found.size, mode, mtime: FIXED_TIME, uid: 0, gid: 0 }, from)
    }
  }

  async #text(path: string, text: string, executable: boolean): Promise<void> {
    await this.#parents(path)
    this.#written.add(path)
    const content = Buffer.from(text)
    await this.#put({ name: path, mode: executable ? 0o755 : 0o644, size: content.length }, content)
  }

  async #link(path: string, target: string): Promise<void> {
    if (this.#written.has(path)) return
    await this.#parents(path)
    this.#written.add(path)
    await this.#put({ name: path, type: 'symlink', linkname: target, mode: 0o777 })
  }

  async #folder(path: string, header: Partial<Header>): Promise<void> {
    if (this.#written.has(path)) return
    await this.#parents(path)
    this.#written.add(path)
    await this.#put({ name: path, type: 'directory', mode: 0o755, ...header })
  }

  async #parents(path: string): Promise<void> {
    const parent = dirname(path)
    if (parent !== '.') await this.#folder(parent, {})
  }

  async #file(header: EntryHeader, from: string): Promise<void> {
    const written = Promise.withResolvers<void>()
    const sink = this.#pack.entry(header, (error) => (error ? written.reject(error) : written.resolve()))
    for await (const chunk of createReadStream(from, { highWaterMark: 1 << 18 })) {
      if (!sink.write(chunk)) await new Promise<void>((resolve) => sink.once('drain', resolve))
    }
    sink.end(undefined)
    return written.promise
  }

  #put(header: EntryHeader, content: Uint8Array = new Uint8Array()): Promise<void> {
    const whole = { uid: 0, gid: 0, mtime: FIXED_TIME, ...header }
    return new Promise((resolve, reject) => {
      this.#pack.entry(whole, content, (error) => (error ? reject(error) : resolve()))
    })
  }
}

function placeOf(path: string): string {
  const plain = posix.normalize(path).replace(/^\/+/, '').replace(/^\.$/, '')
  return MERGED.includes(plain.split('/')[0] ?? '') ? `usr/${plain}` : plain
}
