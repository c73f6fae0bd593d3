/** Builds an image on the daemon without any image registry: one layer, imported from a tar stream. */

import { EnvironmentError } from '../component.ts'
import type { Daemon } from '../docker/daemon.ts'
import { sha256 } from '../provision/cache.ts'
import type { ProvisionContext } from '../provision/context.ts'
import { archive } from './archive.ts'
import { baseKey } from './base.ts'
import type { ImageDefinition, LocalContent, ReadyImage } from './image.ts'
import { inspect } from './inspect.ts'

const REPOSITORY = 'chat-lab'
/** Goes up when the way images are put together changes. */
const FORMAT = 1

export interface BuildOptions extends ProvisionContext {
  readonly daemon: Daemon
}

/**
 * The image with this content, built when the daemon lacks it. Rejects with ENV-PROVISION and the daemon's reason,
 * with the EnvironmentError of what it is made of, or with the signal's reason.
 */
export async function buildImage(definition: ImageDefinition, options: BuildOptions): Promise<ReadyImage> {
  const { name, local, facts } = definition
  const { daemon, onProgress } = options
  if (!local) throw new Error(`${name} has no way to be built`)
  const content = await local(options)
  const instructions = instructionsOf(definition, content)
  const tag = sha256([FORMAT, baseKey(options), daemon.architecture, content.key, ...instructions].join('\n')).slice(
    0,
    12,
  )
  const reference = `${REPOSITORY}/${name}:${tag}`
  const result = (found: { id: string; sizeBytes: number }): ReadyImage => ({
    name,
    reference,
    ...found,
    source: 'local',
    product: definition.product.local ?? name,
    facts,
  })
  const there = await inspect(daemon, reference)
  if (there) return result(there)
  onProgress({ component: name, step: 'building the image' })
  await importImage(definition, content, { tag, instructions }, options)
  const made = await inspect(daemon, reference)
  if (!made) throw new Error(`the daemon took ${reference} and does not have it`)
  return result(made)
}

/** Instructions as a Dockerfile has them; the ones `import` knows. */
function instructionsOf({ name, entrypoint, command, environment, facts }: ImageDefinition, content: LocalContent) {
  const list = (words: readonly string[]) => JSON.stringify(words)
  const variables = Object.entries({ PATH: '/usr/local/bin:/usr/sbin:/usr/bin', ...environment })
  const health = facts.health.local
  return [
    ...variables.map(([key, value]) => `ENV ${key}=${JSON.stringify(value)}`),
    ...Object.values(facts.ports).map((port) => `EXPOSE ${port}`),
    ...(facts.dataPath ? [`WORKDIR ${facts.dataPath}`] : []),
    `USER ${facts.user}`,
    `ENTRYPOINT ${list(entrypoint)}`,
    `CMD ${list(command)}`,
    ...(health ? [`HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=3 CMD ${list(health)}`] : []),
    `LABEL lab.image=${name} lab.content=${sha256(content.key).slice(0, 12)}`,
  ]
}

async function importImage(
  { name, facts }: ImageDefinition,
  content: LocalContent,
  { tag, instructions }: { readonly tag: string; readonly instructions: readonly string[] },
  { daemon, signal }: BuildOptions,
): Promise<void> {
  const stream = archive(await content.entries(), facts.user)
  const unread = new Promise<never>((_resolve, reject) => stream.once('error', reject))
  const options = { repo: `${REPOSITORY}/${name}`, tag, changes: instructions, abortSignal: signal }
  try {
    const answer = await Promise.race([daemon.api.importImage(stream, options), unread])
    await Promise.race([followed(daemon, answer), unread])
  } catch (error) {
    stream.destroy()
    if (signal.aborted) throw signal.reason
    const text = `The image ${name} could not be built: ${error instanceof Error ? error.message : error}`
    const remedy = 'See that the daemon has disk space (`docker system df`), and its log.'
    throw new EnvironmentError('ENV-PROVISION', name, text, remedy, [], { cause: error })
  }
}

/** Resolves when the daemon has done what it streams about; rejects with the error line among it. */
export function followed(
  daemon: Daemon,
  stream: NodeJS.ReadableStream,
  onEvent?: (event: ProgressEvent) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const finished = (error: Error | null) => (error ? reject(error) : resolve())
    daemon.api.modem.followProgress(stream, finished, onEvent)
  })
}

/** A line of the daemon's progress: of one layer when it has an id. */
export interface ProgressEvent {
  readonly id?: string
  readonly status?: string
  readonly progressDetail?: { readonly current?: number; readonly total?: number }
}
