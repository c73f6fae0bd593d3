/** Programs of Debian for an image: the program, what it loads, and nothing else. */
import { cp, mkdir, mkdtemp, readlink, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Recipe, Source } from '../provision/cache.ts'
import { run } from '../provision/commands.ts'
import type { ProvisionContext } from '../provision/context.ts'
import { type Loader, loaderOf, unpackDebian } from '../provision/debian.ts'

export interface DebianPrograms {
  readonly name: string
  readonly suite: string
  readonly packages: readonly string[]
  /** Programs and libraries the image is to have, with every library they load. Paths below the root. */
  readonly programs: readonly string[]
  /** Files and folders taken as they are. */
  readonly data?: readonly string[]
}

const NEED_BYTES = 600e6
const FORMAT = 1

/**
 * A cache entry with the part of a root file system that holds these programs. Libraries are those of the same suite,
 * found by asking the suite's own loader, so nothing of this machine gets into an image.
 */
export const debianProgramsRecipe = (wanted: DebianPrograms, context: ProvisionContext): Recipe => ({
  name: `image-${wanted.name}`,
  version: wanted.suite,
  key: JSON.stringify([FORMAT, process.arch, wanted]),
  needBytes: NEED_BYTES,
  make: async (folder, fetched, signal) => {
    const work = await mkdtemp(join(folder, 'work-'))
    for (const source of await unpack(wanted, work, { ...context, signal })) fetched(source)
    await pick(wanted, join(work, 'prefix'), folder, { ...context, signal })
    await rm(work, { recursive: true, force: true })
  },
})

/** The named packages and every library of their closure: maintainers' tools, Perl and documentation stay out. */
async function unpack(wanted: DebianPrograms, work: string, context: ProvisionContext): Promise<Source[]> {
  const names = wanted.packages.map((name) => name.replaceAll('+', '\\+'))
  const request = {
    component: wanted.name,
    suite: wanted.suite,
    packages: wanted.packages,
    keep: new RegExp(`${names.join('|')}|lib.*|zlib1g`),
  }
  const [apt, prefix] = [join(work, 'apt'), join(work, 'prefix')]
  await mkdir(apt)
  await mkdir(prefix)
  return unpackDebian(request, prefix, apt, context)
}

async function pick(wanted: DebianPrograms, prefix: string, folder: string, context: ProvisionContext): Promise<void> {
  const loader = loaderOf(prefix, [])
  const files = new Set([...wanted.programs, ...(wanted.data ?? [])])
  for (const program of wanted.programs) {
    for (const library of await loaded(join(prefix, program), prefix, loader, context)) files.add(library)
  }
  for (const path of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await cp(await real(join(prefix, path), prefix), join(folder, path), { recursive: true })
  }
}

/** Libraries and loader of one file, as paths below the prefix. None for a program that is linked statically. */
async function loaded(file: string, prefix: string, loader: Loader, context: ProvisionContext): Promise<string[]> {
  const libraryPath = loader.libraryFolders.map((folder) => join(prefix, folder)).join(':')
  const args = ['--library-path', libraryPath, '--list', await real(file, prefix)]
  const text = await run(loader.path, args, context).catch((error: Error) => {
    if (/statically linked|not a dynamic executable|cannot be loaded|has no/i.test(error.message)) return ''
    throw error
  })
  const found: string[] = []
  for (const [, name = '', path = ''] of text.matchAll(/^\s*(\S+) => (not found|\/\S+)/gm)) {
    if (!path.startsWith(prefix)) throw new Error(`${name}, which ${file} loads, is in no package of its closure`)
    found.push(path.slice(prefix.length + 1))
  }
  return found.length ? [...found, ...(await loaderPaths(prefix))] : []
}

/** The loader by the path programs name it with, and by its own. */
async function loaderPaths(prefix: string): Promise<string[]> {
  const own = loaderOf(prefix, []).path.slice(prefix.length + 1)
  const named = process.arch === 'arm64' ? 'usr/lib/ld-linux-aarch64.so.1' : 'usr/lib64/ld-linux-x86-64.so.2'
  const there = await stat(join(prefix, named)).catch(() => null)
  return there ? [own, named] : [own]
}

/** Follows links inside the prefix: an absolute one means a file of the image, not of this machine. */
async function real(path: string, prefix: string): Promise<string> {
  let at = path
  for (let step = 0; step < 10; step += 1) {
    const target = await readlink(at).catch(() => null)
    if (target === null) return at
    at = target.startsWith('/') ? join(prefix, target) : resolve(dirname(at), target)
  }
  throw new Error(`${path} is a circle of links`)
}
