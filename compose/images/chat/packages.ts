/** Which npm packages the chat itself needs: what its code imports, and what those need, by the lock file. */
import { readdir, readFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { EnvironmentError } from '../../component.ts'

interface LockedPackage {
  readonly version: string
  readonly integrity?: string
  readonly dev?: boolean
  /** Not installed where it does not fit the machine. */
  readonly optional?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

export interface Lock {
  readonly name: string
  readonly version: string
  readonly lockfileVersion: number
  /** By folder: `node_modules/a`, `node_modules/a/node_modules/b`; the project itself is `''`. */
  readonly packages: Readonly<Record<string, LockedPackage>>
}

/** Names of the packages the TypeScript files below `folder` import, sorted. */
export async function importedPackages(folder: string): Promise<string[]> {
  const names = new Set<string>()
  for (const item of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!item.isFile() || !item.name.endsWith('.ts')) continue
    const text = await readFile(join(item.parentPath, item.name), 'utf8')
    for (const [, specifier = ''] of text.matchAll(/(?:from|import|import\()\s*'([^'.][^']*)'/g)) {
      const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
      if (!name.startsWith('node:')) names.add(name)
    }
  }
  return [...names].sort()
}

/** Folders of these packages and of everything they need, sorted. Rejects when the lock file lacks one. */
export function closure(roots: readonly string[], lock: Lock): string[] {
  const found = new Set<string>()
  const open = roots.map((name) => required(name, '', lock))
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    if (found.has(folder)) continue
    found.add(folder)
    const { dependencies, optionalDependencies, peerDependencies } = lock.packages[folder] as LockedPackage
    for (const name of Object.keys(dependencies ?? {})) {
      if (!optionalDependencies?.[name]) open.push(required(name, folder, lock))
    }
    for (const name of Object.keys({ ...optionalDependencies, ...peerDependencies })) {
      const folderOf = resolve(name, folder, lock)
      if (folderOf !== null) open.push(folderOf)
    }
  }
  return [...found].sort()
}

function required(name: string, from: string, lock: Lock): string {
  const folder = resolve(name, from, lock)
  if (folder !== null) return folder
  const text = `The package ${name}, which ${from || 'the chat'} imports, is not in package-lock.json.`
  throw new EnvironmentError('ENV-PROVISION', 'chat', text, 'Run `npm install` in the project.')
}

/** As Node looks: in the package's own folder, then in each folder above it. */
function resolve(name: string, from: string, lock: Lock): string | null {
  for (let folder = from; ; folder = posix.dirname(folder)) {
    const path = posix.join(folder, 'node_modules', name)
    if (lock.packages[path] !== undefined) return path
    if (folder === '' || folder === '.') return null
  }
}
