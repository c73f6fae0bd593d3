/**
 * Programs of a Debian suite without root and without touching this machine's packages: a private apt state, the
 * dependency closure of a package, downloaded (apt checks hashes against the signed release) and unpacked by `dpkg -x`.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EnvironmentError } from '../component.ts'
import { type Environment, findProgram } from '../native/programs.ts'
import { type Source, sha256OfFile } from './cache.ts'
import { run } from './commands.ts'
import { type ProvisionContext, secondsLeft } from './context.ts'

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
const POLL_MS = 500
const NOT_NEEDED = ['doc', 'man', 'locale', 'lintian', 'doc-base', 'bug'].map((name) => join('usr/share', name))

export interface DebianRequest {
  readonly component: string
  readonly suite: string
  readonly packages: readonly string[]
  /** Which packages of the closure are unpacked; everything else (tools, data, documentation) is left out. */
  readonly keep: RegExp
}

/** What is missing for this way of provisioning; null when nothing is. */
export async function debianObstacle(context: Pick<ProvisionContext, 'env' | 'signal'>): Promise<string | null> {
  const missing = ['apt-get', 'apt-config', 'dpkg'].filter((name) => !findProgram(name, context.env))
  if (missing.length) return `this machine has no ${missing.join(', ')} (it is no Debian or Ubuntu)`
  if (!(await stat(KEYRING).catch(() => null)))
    return `the package debian-archive-keyring is not installed (${KEYRING})`
  return (await mirror(context)) ? null : 'no Debian mirror is configured for apt; name one in DEBIAN_MIRROR'
}

/** The mirror this machine's apt already uses: every Debian mirror serves every suite. */
async function mirror(context: Pick<ProvisionContext, 'env' | 'signal'>): Promise<string | null> {
  if (context.env.DEBIAN_MIRROR) return context.env.DEBIAN_MIRROR
  const text = await run('apt-get', ['indextargets', '--format', '$(SITE) $(LABEL) $(RELEASE)'], context).catch(
    () => '',
  )
  context.signal.throwIfAborted()
  const targets = text.split('\n').map((line) => line.split(' '))
  const labelled = targets.find(([, label]) => label === 'Debian')
  const likely = targets.find(([site = '', , release = '']) => /debian/.test(site) && !/security/.test(site + release))
  return (labelled ?? likely)?.[0] ?? null
}

/** A private apt below `folder`: own sources, own state, empty package status; the user's proxies and nothing else. */
class PrivateApt {
  readonly #folder: string
  readonly #context: ProvisionContext

  constructor(folder: string, context: ProvisionContext) {
    this.#folder = folder
    this.#context = context
  }

  async prepare(suite: string): Promise<void> {
    const site = await mirror(this.#context)
    const folders = [
      'state/lists/partial',
      'cache/archives/partial',
      'debs',
      'log',
      'etc/apt.conf.d',
      'etc/preferences.d',
    ]
    for (const each of folders) await mkdir(join(this.#folder, each), { recursive: true })
    await writeFile(join(this.#folder, 'status'), '')
    await writeFile(join(this.#folder, 'etc/sources.list'), `deb [signed-by=${KEYRING}] ${site} ${suite} main\n`)
    const own = await run('apt-config', ['dump', '--format', '%f "%v";%n', 'Acquire'], this.#context)
    await writeFile(join(this.#folder, 'apt.conf'), `${own}\n${settings(this.#folder)}`)
    await this.run(['-qq', 'update'])
  }

  run(args: readonly string[]): Promise<string> {
    const env = { ...this.#context.env, APT_CONFIG: join(this.#folder, 'apt.conf'), LC_ALL: 'C' }
    return run('apt-get', args, { env, cwd: join(this.#folder, 'debs'), signal: this.#context.signal })
  }

  /** Names of everything `packages` need, themselves included, as an empty system would install it. */
  async closure(packages: readonly string[]): Promise<string[]> {
    const text = await this.run(['install', '-s', ...packages])
    return text.split('\n').flatMap((line) => /^Inst (\S+)/.exec(line)?.[1] ?? [])
  }

  /** `name -> bytes` of the files that `download` will fetch. */
  async sizes(packages: readonly string[]): Promise<number[]> {
    const text = await this.run(['download', '--print-uris', ...packages])
    return text.split('\n').flatMap((line) => Number(/^'\S+' \S+ (\d+)/.exec(line)?.[1] ?? '') || [])
  }
}

const settings = (folder: string): string => `
Dir "/";
Dir::Etc "${folder}/etc/";
Dir::Etc::sourcelist "${folder}/etc/sources.list";
Dir::Etc::sourceparts "-";
Dir::Etc::netrc "/etc/apt/auth.conf";
Dir::Etc::netrcparts "/etc/apt/auth.conf.d";
Dir::State "${folder}/state/";
Dir::State::status "${folder}/status";
Dir::Cache "${folder}/cache/";
Dir::Log "${folder}/log/";
APT::Sandbox::User "";
APT::Install-Recommends "false";
APT::Install-Suggests "false";
APT::Get::AllowUnauthenticated "false";
Acquire::Languages "none";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
Acquire::Check-Valid-Until "false";
APT::Keep-Downloaded-Packages "true";
`

/** Unpacks the kept part of the closure into `prefix`. `work` is a folder for apt's state, to be deleted afterwards. */
export async function unpackDebian(
  request: DebianRequest,
  prefix: string,
  work: string,
  context: ProvisionContext,
): Promise<Source[]> {
  const { component } = request
  const obstacle = await debianObstacle(context)
  if (obstacle)
    throw new EnvironmentError('ENV-MISSING', component, `${component}: ${obstacle}.`, 'Run `npm run doctor`.')
  const apt = new PrivateApt(work, context)
  context.onProgress({ component, step: `reading the package lists of Debian ${request.suite}` })
  await apt.prepare(request.suite)
  const whole = new RegExp(`^(?:${request.keep.source})$`)
  const wanted = (await apt.closure(request.packages)).filter((name) => whole.test(name))
  await downloadWithProgress(apt, wanted, join(work, 'debs'), component, context)
  return unpackAll(join(work, 'debs'), prefix, component, context)
}

async function downloadWithProgress(
  apt: PrivateApt,
  packages: readonly string[],
  folder: string,
  component: string,
  context: ProvisionContext,
): Promise<void> {
  const totalBytes = (await apt.sizes(packages)).reduce((sum, bytes) => sum + bytes, 0)
  const startMs = Date.now()
  const report = async () => {
    const files = await readdir(folder)
    const sizes = await Promise.all(
      files.map((file) =>
        stat(join(folder, file)).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
    )
    const doneBytes = sizes.reduce((sum, size) => sum + size, 0)
    const step = `downloading ${packages.length} Debian packages`
    context.onProgress({
      component,
      step,
      doneBytes,
      totalBytes,
      secondsLeft: secondsLeft(startMs, doneBytes, totalBytes),
    })
  }
  const timer = setInterval(() => void report().catch(() => undefined), POLL_MS)
  try {
    await apt.run(['-qq', 'download', ...packages])
  } finally {
    clearInterval(timer)
  }
}

async function unpackAll(
  debs: string,
  prefix: string,
  component: string,
  context: ProvisionContext,
): Promise<Source[]> {
  const sources: Source[] = []
  context.onProgress({ component, step: 'unpacking' })
  for (const what of (await readdir(debs)).filter((name) => name.endsWith('.deb')).sort()) {
    const file = join(debs, what)
    await run('dpkg', ['-x', file, prefix], context)
    sources.push({ what, bytes: (await stat(file)).size, sha256: await sha256OfFile(file) })
  }
  for (const path of NOT_NEEDED) await rm(join(prefix, path), { recursive: true, force: true })
  return sources
}

/** Names of the multiarch folder and the program loader of this machine's Debian architecture. */
function architecture(): { readonly triplet: string; readonly loader: string } {
  return process.arch === 'arm64'
    ? { triplet: 'aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1' }
    : { triplet: 'x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2' }
}

/** Runs programs of a prefix by the prefix's own loader, for its C library is newer than this machine's. */
export interface Loader {
  readonly path: string
  readonly libraryFolders: readonly string[]
}

export function loaderOf(prefix: string, extraFolders: readonly string[]): Loader {
  const { triplet, loader } = architecture()
  const folder = join('usr/lib', triplet)
  return { path: join(prefix, folder, loader), libraryFolders: [folder, ...extraFolders] }
}

/**
 * Libraries that `files` of the prefix need and the prefix lacks: the suite has moved on past the `keep` list. The
 * loader also finds this machine's own libraries; one of those does not count, for the next machine may not have it.
 */
export async function missingLibraries(
  prefix: string,
  loader: Loader,
  files: readonly string[],
  options: { readonly env: Environment; readonly signal: AbortSignal },
): Promise<string[]> {
  const libraryPath = loader.libraryFolders.map((folder) => join(prefix, folder)).join(':')
  const missing = new Set<string>()
  for (const file of files) {
    const args = ['--library-path', libraryPath, '--list', join(prefix, file)]
    const onLine = (line: string) => {
      const [, found, path] = /(\S+) => (not found|\/\S+)/.exec(line) ?? []
      const absent = /(\S+): cannot open shared object/.exec(line)?.[1]
      const name = path && !path.startsWith(prefix) ? found : absent
      if (name) missing.add(name)
    }
    await run(loader.path, args, { ...options, onLine }).catch(() => missing.add(file))
  }
  return [...missing]
}

/** Puts a script in the place of each program that runs it (`<name>.real`) by the prefix's loader. */
export async function wrapPrograms(prefix: string, loader: Loader, programs: readonly string[]): Promise<void> {
  for (const program of programs) {
    const path = join(prefix, program)
    await writeFile(`${path}.real`, await readFile(path), { mode: 0o755 })
    await rm(path)
    const up = program.split('/').slice(0, -1).fill('..').join('/')
    const name = program.split('/').at(-1)
    const folders = loader.libraryFolders.map((folder) => `$p/${folder}`).join(':')
    const script = `#!/bin/sh
d=$(cd "$(dirname "$0")" && pwd)
p=$(cd "$d/${up}" && pwd)
exec "$p/${loader.path.slice(prefix.length + 1)}" --argv0 "$d/${name}" --library-path "${folders}" "$d/${name}.real" "$@"
`
    await writeFile(path, script, { mode: 0o755 })
  }
}

const EVERYTHING = /.*/

/** Files that must load, below the prefix, and the folders beside the usual ones that they find libraries in. */
export interface MustLoad {
  readonly files: readonly string[]
  readonly libraryFolders: readonly string[]
}

/**
 * Unpacks the kept part of the closure, or all of it when the suite has renamed a library since `keep` was written.
 * `tidy` runs after each. Rejects when files lack libraries even then.
 */
export async function unpackLoadable(
  request: DebianRequest,
  { files, libraryFolders }: MustLoad,
  prefix: string,
  context: ProvisionContext,
  tidy: () => Promise<void> = async () => {},
): Promise<Source[]> {
  const { component, suite } = request
  for (const keep of [request.keep, EVERYTHING]) {
    const work = await mkdtemp(join(prefix, 'apt-'))
    const sources = await unpackDebian({ ...request, keep }, prefix, work, context)
    await rm(work, { recursive: true, force: true })
    await tidy()
    const missing = (await missingLibraries(prefix, loaderOf(prefix, libraryFolders), files, context)).join(', ')
    if (missing === '') return sources
    if (keep === EVERYTHING) throw new Error(`Debian ${suite} lacks libraries its own packages need: ${missing}`)
    context.onProgress({ component, step: `fetching the whole closure, for ${missing} is missing` })
  }
  return []
}
