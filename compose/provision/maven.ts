/** Java libraries from a Maven repository, each checked against a committed list of hashes. */
import { copyFile, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { EnvironmentError } from '../component.ts'
import { type Environment, findProgram } from '../native/programs.ts'
import { type Source, sha256OfFile } from './cache.ts'
import { run } from './commands.ts'
import { type ProvisionContext, secondsLeft } from './context.ts'
import { download } from './download.ts'

/** One file of a repository: its path in the repository's layout. */
export interface Artifact {
  readonly path: string
  readonly bytes: number
  readonly sha256: string
}

export interface Library {
  readonly component: string
  /** The artefacts the closure starts from, `group:artifact:version`. */
  readonly roots: readonly string[]
  /** The whole closure, jars only. */
  readonly artifacts: readonly Artifact[]
}

/** How libraries can be had here; null when there is neither Maven nor a configured repository. */
export type MavenSource =
  | { readonly kind: 'mvn'; readonly mvn: string }
  | { readonly kind: 'repository'; readonly url: URL }

/** Same time for every jar: a class data archive refuses jars whose time of change is another than it saw. */
const FIXED_TIME = new Date('2020-01-01T00:00:00Z')

/** Maven first, for it knows its settings; else the first mirror of `settings.xml`, or MAVEN_REPOSITORY_URL. */
export async function mavenSource(env: Environment): Promise<MavenSource | null> {
  const mvn = findProgram('mvn', env)
  if (mvn) return { kind: 'mvn', mvn }
  const settings = await readFile(join(env.HOME ?? homedir(), '.m2', 'settings.xml'), 'utf8').catch(() => '')
  const withoutComments = settings.replaceAll(/<!--[\s\S]*?-->/g, '')
  const mirror = /<mirror>[\s\S]*?<url>\s*([^<\s]+)\s*<\/url>/.exec(withoutComments)?.[1]
  const found = env.MAVEN_REPOSITORY_URL ?? mirror
  return found && URL.canParse(found)
    ? { kind: 'repository', url: new URL(found.endsWith('/') ? found : `${found}/`) }
    : null
}

/** Puts every jar of the closure into `folder`. Rejects when one is missing or is not what the list says. */
export async function fetchLibrary(library: Library, folder: string, context: ProvisionContext): Promise<Source[]> {
  const source = await mavenSource(context.env)
  if (!source) {
    const text = `${library.component}: its libraries cannot be fetched: no Maven, no repository.`
    const remedy = 'Install Maven (mvn), or name a Maven repository in MAVEN_REPOSITORY_URL.'
    throw new EnvironmentError('ENV-MISSING', library.component, text, remedy)
  }
  await mkdir(folder, { recursive: true })
  if (source.kind === 'mvn') await fetchByMaven(library, source.mvn, folder, context)
  else await fetchFromRepository(library, source.url, folder, context)
  const sources: Source[] = []
  for (const artifact of library.artifacts) {
    const file = join(folder, basename(artifact.path))
    const sha256 = await sha256OfFile(file)
    if (sha256 !== artifact.sha256) throw wrongArtifact(library, artifact, sha256)
    await utimes(file, FIXED_TIME, FIXED_TIME)
    sources.push({ what: artifact.path, bytes: artifact.bytes, sha256 })
  }
  return sources
}

async function fetchByMaven(library: Library, mvn: string, folder: string, context: ProvisionContext): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'chat-lab-maven-'))
  try {
    await writeFile(join(work, 'pom.xml'), pom(library.roots))
    const repository = join(work, 'repository')
    const copy = ['dependency:copy-dependencies', '-Dmdep.useRepositoryLayout=true', '-DincludeScope=runtime']
    const args = ['-B', ...copy, `-DoutputDirectory=${repository}`]
    const onLine = mavenProgress(library, context)
    await run(mvn, args, { env: context.env, cwd: work, signal: context.signal, onLine })
    for (const { path } of library.artifacts) await copyFile(join(repository, path), join(folder, basename(path)))
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Maven tells each file it has fetched: `Downloaded from <id>: <url> (1.2 MB at 3.4 MB/s)`. */
function mavenProgress({ component, artifacts }: Library, context: ProvisionContext): (line: string) => void {
  const byUrlEnd = new Map(artifacts.map((artifact) => [basename(artifact.path), artifact.bytes]))
  const totalBytes = [...byUrlEnd.values()].reduce((sum, bytes) => sum + bytes, 0)
  const startMs = Date.now()
  let doneBytes = 0
  const step = 'downloading from the Maven repository'
  context.onProgress({ component, step, doneBytes, totalBytes })
  return (line) => {
    const url = /Downloaded from [^:]+: (\S+)/.exec(line)?.[1]
    const bytes = url && byUrlEnd.get(basename(url))
    if (!bytes) return
    doneBytes += bytes
    context.onProgress({
      component,
      step,
      doneBytes,
      totalBytes,
      secondsLeft: secondsLeft(startMs, doneBytes, totalBytes),
    })
  }
}

const pom = (roots: readonly string[]): string => {
  const dependencies = roots.map((root) => {
    const [group, artifact, version] = root.split(':')
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`
  })
  return `<project><modelVersion>4.0.0</modelVersion><groupId>lab</groupId><artifactId>closure</artifactId><version>1</version>
<packaging>pom</packaging><dependencies>${dependencies.join('\n')}</dependencies></project>`
}

async function fetchFromRepository(
  library: Library,
  repository: URL,
  folder: string,
  context: ProvisionContext,
): Promise<void> {
  const { component, artifacts } = library
  const totalBytes = artifacts.reduce((sum, { bytes }) => sum + bytes, 0)
  const startMs = Date.now()
  let before = 0
  for (const { path, bytes, sha256 } of artifacts) {
    const url = new URL(path, repository)
    url.username = repository.username
    url.password = repository.password
    const onBytes = (inFile: number) => {
      const doneBytes = before + inFile
      const left = secondsLeft(startMs, doneBytes, totalBytes)
      context.onProgress({ component, step: `downloading ${basename(path)}`, doneBytes, totalBytes, secondsLeft: left })
    }
    await download(url, join(folder, basename(path)), { component, signal: context.signal, sha256, onBytes })
    before += bytes
  }
}

function wrongArtifact(library: Library, artifact: Artifact, sha256: string): EnvironmentError {
  const text = `${library.component}: ${basename(artifact.path)} is not what was expected (sha256 ${sha256}).`
  const remedy = 'Do not use it: delete it from the local Maven repository, and ask who runs the registry.'
  return new EnvironmentError('ENV-PROVISION', library.component, text, remedy)
}
