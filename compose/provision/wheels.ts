/** Programs that come as Python wheels (zip files): tool chains for machines that have neither Go nor Java. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { basename, dirname, join, normalize } from 'node:path'
import { unzip } from 'fflate'
import { EnvironmentError } from '../component.ts'
import { type Environment, findProgram } from '../native/programs.ts'
import { type Source, sha256OfFile } from './cache.ts'
import { run } from './commands.ts'
import type { ProvisionContext } from './context.ts'
import { secondsLeft } from './context.ts'
import { download, request } from './download.ts'

export interface Wheel {
  readonly project: string
  readonly version: string
}

/** How a wheel can be had here; null when neither pip nor a configured package index is there. */
export type WheelSource =
  | { readonly kind: 'pip'; readonly python: string }
  | { readonly kind: 'index'; readonly url: URL }

/** pip first, for it knows every way its index may be configured; else an index named in the settings of pip or uv. */
export async function wheelSource(context: Pick<ProvisionContext, 'env' | 'signal'>): Promise<WheelSource | null> {
  for (const name of ['python3', 'python']) {
    const python = findProgram(name, context.env)
    if (!python) continue
    const works = await run(python, ['-m', 'pip', '--version'], context).catch(() => null)
    context.signal.throwIfAborted()
    if (works !== null) return { kind: 'pip', python }
  }
  const url = await configuredIndex(context.env)
  return url ? { kind: 'index', url } : null
}

async function configuredIndex(env: Environment): Promise<URL | null> {
  const home = env.HOME ?? homedir()
  const files = [env.PIP_CONFIG_FILE, join(home, '.config/pip/pip.conf'), join(home, '.pip/pip.conf'), '/etc/pip.conf']
  const texts = await Promise.all(files.map((file) => (file ? readFile(file, 'utf8').catch(() => '') : '')))
  const fromFile = texts.map((text) => /^\s*index-url\s*=\s*(\S+)/m.exec(text)?.[1]).find(Boolean)
  const found = env.PIP_INDEX_URL ?? env.UV_DEFAULT_INDEX ?? env.UV_INDEX_URL ?? fromFile
  return found && URL.canParse(found) ? new URL(found.endsWith('/') ? found : `${found}/`) : null
}

/** Fetches the wheel for this machine and unpacks it into `folder`. */
export async function unpackWheel(
  wheel: Wheel,
  folder: string,
  component: string,
  context: ProvisionContext,
): Promise<Source> {
  const source = await wheelSource(context)
  if (!source) {
    const text = `${component}: the Python package ${wheel.project} ${wheel.version} cannot be fetched: no pip, no index.`
    const remedy = 'Install python3 with pip, or name a package index in PIP_INDEX_URL.'
    throw new EnvironmentError('ENV-MISSING', component, text, remedy)
  }
  const temporary = await mkdtemp(join(tmpdir(), 'chat-lab-wheel-'))
  try {
    const fetched =
      source.kind === 'pip'
        ? await fetchByPip(wheel, source.python, temporary, component, context)
        : await fetchFromIndex(wheel, source.url, temporary, component, context)
    context.onProgress({ component, step: `unpacking ${wheel.project} ${wheel.version}` })
    await unpackZip(join(temporary, fetched.what), folder)
    return fetched
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

async function fetchByPip(
  wheel: Wheel,
  python: string,
  into: string,
  component: string,
  context: ProvisionContext,
): Promise<Source> {
  const step = `downloading ${wheel.project} ${wheel.version}`
  context.onProgress({ component, step })
  const wanted = `${wheel.project}==${wheel.version}`
  const args = ['-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', '--no-input', '--dest', into, wanted]
  const onLine = (line: string) => {
    const megabytes = /\(([\d.]+) MB\)/.exec(line)?.[1]
    if (megabytes) context.onProgress({ component, step, totalBytes: Number(megabytes) * 1e6 })
  }
  await run(python, args, { env: context.env, signal: context.signal, onLine })
  const file = (await readdir(into)).find((name) => name.endsWith('.whl'))
  if (!file) throw new Error(`pip fetched no wheel of ${wanted}`)
  const path = join(into, file)
  return { what: file, bytes: (await stat(path)).size, sha256: await sha256OfFile(path) }
}

/** A file of the index's JSON answer (PEP 691). */
interface IndexFile {
  readonly filename: string
  readonly url: string
  readonly hashes: { readonly sha256?: string }
}

async function fetchFromIndex(
  wheel: Wheel,
  index: URL,
  into: string,
  component: string,
  context: ProvisionContext,
): Promise<Source> {
  const page = new URL(`${wheel.project}/`, index)
  page.username = index.username
  page.password = index.password
  const headers = { accept: 'application/vnd.pypi.simple.v1+json' }
  const response = await request(page, { component, signal: context.signal, headers })
  const { files = [] } = (await response.json()) as { files?: IndexFile[] }
  const prefix = `${wheel.project.replaceAll('-', '_')}-${wheel.version}-`
  const file = files.find(({ filename }) => filename.startsWith(prefix) && fitsThisMachine(filename))
  if (!file)
    throw new Error(`the index has no ${wheel.project} ${wheel.version} for ${process.platform}-${process.arch}`)
  const startMs = Date.now()
  return download(new URL(file.url, page), join(into, basename(file.filename)), {
    component,
    signal: context.signal,
    ...(file.hashes.sha256 ? { sha256: file.hashes.sha256 } : {}),
    onBytes: (doneBytes, totalBytes) =>
      context.onProgress({
        component,
        step: `downloading ${wheel.project} ${wheel.version}`,
        doneBytes,
        totalBytes,
        secondsLeft: secondsLeft(startMs, doneBytes, totalBytes ?? 0),
      }),
  })
}

/** Platform tags of wheels: `<name>-<version>(-<build>)-py3-none-<platform>.whl` (PEP 427). */
export function fitsThisMachine(filename: string, platform = process.platform, arch: string = process.arch): boolean {
  const tag =
    filename
      .replace(/\.whl$/, '')
      .split('-')
      .at(-1) ?? ''
  if (tag === 'any') return true
  const machine = { x64: 'x86_64|amd64', arm64: 'aarch64|arm64' }[arch]
  const system = { linux: 'manylinux', darwin: 'macosx', win32: 'win' }[platform as 'linux']
  return Boolean(machine && system) && new RegExp(`^${system}.*_(${machine}|universal2)(\\.|$)`).test(tag)
}

/** Unpacks a zip file. Zip entries' modes are not read: what starts as a program does becomes executable. */
export async function unpackZip(file: string, folder: string): Promise<void> {
  const packed = await readFile(file)
  const entries = await new Promise<Record<string, Uint8Array>>((resolve, reject) => {
    unzip(packed, (error, files) => (error ? reject(error) : resolve(files)))
  })
  const made = new Set<string>()
  for (const [name, content] of Object.entries(entries)) {
    const path = normalize(join(folder, name))
    if (!path.startsWith(`${folder}/`)) throw new Error(`${basename(file)} holds a path that leads outside: ${name}`)
    if (name.endsWith('/')) continue
    if (!made.has(dirname(path))) await mkdir(dirname(path), { recursive: true })
    made.add(dirname(path))
    await writeFile(path, content)
    if (isProgram(content)) await chmod(path, 0o755)
  }
}

const isProgram = (content: Uint8Array): boolean => {
  const start = Buffer.from(content.subarray(0, 4)).toString('latin1')
  return start === '\x7fELF' || start.startsWith('#!') || start === '\xcf\xfa\xed\xfe'
}
