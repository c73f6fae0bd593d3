/** The list of what is in the chat's image (CycloneDX), by npm itself and without a network. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Recipe, sha256 } from '../../provision/cache.ts'
import { run } from '../../provision/commands.ts'
import type { ProvisionContext } from '../../provision/context.ts'
import type { Lock } from './packages.ts'

export const SBOM_FILE = 'sbom.json'

/** A cache entry with one file, for these packages. `roots` are the ones the chat names, `folders` all of them. */
export const sbomRecipe = (
  lock: Lock,
  roots: Readonly<Record<string, string>>,
  folders: readonly string[],
  context: ProvisionContext,
): Recipe => {
  const project = { name: lock.name, version: lock.version, private: true, dependencies: roots }
  const packages = Object.fromEntries(folders.map((folder) => [folder, { ...lock.packages[folder], dev: undefined }]))
  const own = { ...lock, packages: { '': project, ...packages } }
  const text = JSON.stringify(own)
  return {
    name: 'chat-sbom',
    version: lock.version,
    key: sha256(text),
    needBytes: 10e6,
    make: async (folder, _fetched, signal) => {
      const work = await mkdtemp(join(folder, 'work-'))
      await writeFile(join(work, 'package.json'), JSON.stringify(project))
      await writeFile(join(work, 'package-lock.json'), text)
      const args = ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--omit=dev', '--package-lock-only']
      const found = await run('npm', args, { env: context.env, cwd: work, signal })
      await writeFile(join(folder, SBOM_FILE), `${found}\n`)
      await rm(work, { recursive: true, force: true })
    },
  }
}
