/** The project's own chat: Node, `system/` and the packages it imports; nothing of the lab, no tool of a package manager. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EnvironmentError } from '../component.ts'
import { sha256, sha256OfFile } from '../provision/cache.ts'
import type { ProvisionContext } from '../provision/context.ts'
import { baseEntries, libraryEntries } from './base.ts'
import { closure, importedPackages, type Lock } from './chat/packages.ts'
import { SBOM_FILE, sbomRecipe } from './chat/sbom.ts'
import type { ImageDefinition, ImageEntry, LocalContent } from './image.ts'

const PROJECT = fileURLToPath(new URL('../../', import.meta.url))
const SYSTEM = join(PROJECT, 'system')
const USER = '1000:1000'
/** Every process has its internal server there, on loopback, whatever its roles. */
const INTERNAL_PORT = 9100
const HEALTH = ['wget', '-q', '-O', '/dev/null', `http://127.0.0.1:${INTERNAL_PORT}/healthz`]
/** Of no use to a running program: sources of types, source maps, documentation, tests. */
const NOT_RUN = /\.(?:[cm]?ts|map|md|markdown|flow)$|^(?:test|tests|docs|example|examples|benchmark|benchmarks|bench)$/i

export const chat: ImageDefinition = {
  name: 'chat',
  product: { local: 'the chat of this project' },
  official: null,
  local,
  entrypoint: ['/usr/local/bin/node', '/app/system/main.ts'],
  command: ['--edition=sqlite', '--host=0.0.0.0', '--port=8080', `--internal-port=${INTERNAL_PORT}`],
  environment: { NODE_ENV: 'production' },
  facts: {
    user: USER,
    ports: { public: 8080, internal: INTERNAL_PORT },
    dataPath: null,
    configPath: null,
    // The edition with an embedded store keeps it there.
    scratch: ['/tmp'],
    health: { official: null, local: HEALTH },
  },
}

async function local(context: ProvisionContext): Promise<LocalContent> {
  const node = await nodeProgram()
  const lock = JSON.parse(await readFile(join(PROJECT, 'package-lock.json'), 'utf8')) as Lock
  const names = await importedPackages(SYSTEM)
  const folders = await installed(closure(names, lock), lock)
  const listed = folders.map((folder) => `${folder} ${lock.packages[folder]?.integrity}`)
  const parts = [...listed, await sourceKey(), await sha256OfFile(node)]
  return {
    key: parts.join('\n'),
    entries: async () => [
      ...(await baseEntries('chat', USER, context)),
      ...(await libraryEntries(context)),
      { kind: 'copy', path: 'usr/local/bin/node', from: node },
      { kind: 'copy', path: 'app/system', from: SYSTEM },
      { kind: 'text', path: 'app/package.json', text: JSON.stringify({ private: true, type: 'module' }) },
      ...packageEntries(folders),
      { kind: 'copy', path: SBOM_FILE, from: await sbom(lock, names, folders, context) },
    ],
  }
}

/** An optional package is built for one kind of machine, and installed there alone. */
async function installed(folders: readonly string[], lock: Lock): Promise<string[]> {
  const there = await Promise.all(
    folders.map(async (folder) => {
      if (await stat(join(PROJECT, folder)).catch(() => null)) return true
      if (lock.packages[folder]?.optional) return false
      const text = `${folder}, which the chat needs, is not installed.`
      throw new EnvironmentError('ENV-PROVISION', 'chat', text, 'Run `npm ci` in the project.')
    }),
  )
  return folders.filter((_folder, index) => there[index])
}

const packageEntries = (folders: readonly string[]): ImageEntry[] =>
  folders.map((folder) => ({
    kind: 'copy',
    path: join('app', folder),
    from: join(PROJECT, folder),
    // A package below another one is an entry of its own, where the chat needs it.
    without: (path) => path === 'node_modules' || NOT_RUN.test(path),
  }))

/** The Node the lock file pins; where its install script was not allowed to run, the one that runs this. */
async function nodeProgram(): Promise<string> {
  const pinned = join(PROJECT, 'node_modules/node/bin/node')
  return (await stat(pinned).catch(() => null)) ? pinned : process.execPath
}

async function sourceKey(): Promise<string> {
  const items = await readdir(SYSTEM, { recursive: true, withFileTypes: true })
  const files = items.filter((item) => item.isFile()).map((item) => join(item.parentPath, item.name))
  const hashes = files.sort().map(async (file) => `${relative(SYSTEM, file)} ${await sha256OfFile(file)}`)
  return sha256((await Promise.all(hashes)).join('\n'))
}

/** Node is in the image as well, so it is on the list, as the package it came in. */
async function sbom(lock: Lock, names: readonly string[], folders: readonly string[], context: ProvisionContext) {
  const roots = Object.fromEntries(
    [...names, 'node'].map((name) => [name, lock.packages[`node_modules/${name}`]?.version ?? '']),
  )
  const all = [...new Set([...folders, ...closure(['node'], lock)])].sort()
  return join(await context.cache.entry(sbomRecipe(lock, roots, all, context), context.signal), SBOM_FILE)
}
