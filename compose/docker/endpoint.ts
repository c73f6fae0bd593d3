/** Where a Docker daemon may be, in the order the docker program looks. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { DockerOptions } from 'dockerode'
import { EnvironmentError } from '../component.ts'
import type { Environment } from '../native/programs.ts'

export interface Endpoint {
  /** `unix:///...`, `tcp://...`, `ssh://...` or `npipe://...`. */
  readonly host: string
  readonly from: string
  readonly options: DockerOptions
}

type ReadText = (path: string) => Promise<string>

/** Certificates of a TLS endpoint, by the names Docker gives the files of a context and of DOCKER_CERT_PATH alike. */
interface Certificates {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

/**
 * One endpoint where something names it, else the usual sockets. Rejects with ENV-UNREACHABLE when a named context is
 * not there or an address cannot be read.
 */
export async function candidates(env: Environment, home: string, read: ReadText): Promise<Endpoint[]> {
  if (env.DOCKER_HOST) {
    const folder = env.DOCKER_CERT_PATH
    const tls = env.DOCKER_TLS_VERIFY && folder ? await certificates(folder, read) : null
    return [{ host: env.DOCKER_HOST, from: 'DOCKER_HOST', options: optionsOf(env.DOCKER_HOST, tls) }]
  }
  const settings = env.DOCKER_CONFIG ?? join(home, '.docker')
  const name = env.DOCKER_CONTEXT || (await currentContext(settings, read))
  if (name && name !== 'default') return [await contextNamed(name, settings, read)]
  const sockets = ['/var/run/docker.sock', join(home, '.docker/run/docker.sock')]
  if (env.XDG_RUNTIME_DIR) sockets.push(join(env.XDG_RUNTIME_DIR, 'docker.sock'))
  return sockets.map((socketPath) => ({
    host: `unix://${socketPath}`,
    from: 'default socket',
    options: { socketPath },
  }))
}

async function currentContext(settings: string, read: ReadText): Promise<string | undefined> {
  const text = await read(join(settings, 'config.json')).catch(() => '{}')
  try {
    return (JSON.parse(text) as { currentContext?: string }).currentContext
  } catch {
    return undefined
  }
}

/** The context store keeps each context in a folder named by the SHA-256 of its name. */
async function contextNamed(name: string, settings: string, read: ReadText): Promise<Endpoint> {
  const id = createHash('sha256').update(name).digest('hex')
  const text = await read(join(settings, 'contexts/meta', id, 'meta.json')).catch(() => null)
  if (text === null) {
    const remedy = 'See `docker context ls`, and unset DOCKER_CONTEXT or `docker context use default`.'
    throw new EnvironmentError('ENV-UNREACHABLE', 'docker', `There is no Docker context named ${name}.`, remedy)
  }
  const { Endpoints } = JSON.parse(text) as { Endpoints?: { docker?: { Host?: string } } }
  const host = Endpoints?.docker?.Host ?? ''
  const tls = await certificates(join(settings, 'contexts/tls', id, 'docker'), read)
  return { host, from: `context ${name}`, options: optionsOf(host, tls.ca ? tls : null) }
}

async function certificates(folder: string, read: ReadText): Promise<Certificates> {
  const [ca, cert, key] = await Promise.all(
    ['ca.pem', 'cert.pem', 'key.pem'].map((file) => read(join(folder, file)).catch(() => undefined)),
  )
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }
}

function optionsOf(host: string, tls: Certificates | null): DockerOptions {
  const [, scheme, rest = ''] = /^(unix|npipe):\/\/(.*)$/.exec(host) ?? []
  if (scheme) return { socketPath: rest }
  const url = URL.canParse(host) ? new URL(host) : null
  if (url?.protocol === 'ssh:') {
    return { protocol: 'ssh', host: url.hostname, port: Number(url.port || 22), username: url.username }
  }
  if (url && (url.protocol === 'tcp:' || url.protocol === 'http:' || url.protocol === 'https:')) {
    const secure = tls !== null || url.protocol === 'https:'
    const port = Number(url.port || (secure ? 2376 : 2375))
    return { protocol: secure ? 'https' : 'http', host: url.hostname, port, ...tls }
  }
  const remedy = 'Write it as unix:///path, tcp://host:port or ssh://user@host.'
  throw new EnvironmentError('ENV-UNREACHABLE', 'docker', `"${host}" is no address of a Docker daemon.`, remedy)
}
