/** Pulls an official image, pinned by tag and, where it is known, by digest. */

import { EnvironmentError } from '../component.ts'
import type { Daemon } from '../docker/daemon.ts'
import type { ProvisionContext } from '../provision/context.ts'
import { followed, type ProgressEvent } from './build.ts'
import type { ImageDefinition, OfficialImage, ReadyImage } from './image.ts'
import { inspect } from './inspect.ts'

export interface PullOptions extends ProvisionContext {
  readonly daemon: Daemon
}

/** The official image where the daemon has it already; null otherwise. */
export async function pulledImage(
  { name, facts, product, official }: ImageDefinition,
  daemon: Daemon,
): Promise<ReadyImage | null> {
  if (official === null) return null
  const reference = referenceOf(official)
  const found = await inspect(daemon, reference)
  return found && { name, reference, ...found, source: 'official', product: product.official ?? name, facts }
}

const referenceOf = ({ reference, digest }: OfficialImage) => (digest ? `${reference}@${digest}` : reference)

/**
 * The image, pulled when the daemon lacks it. Rejects with ENV-PROVISION: which image, the daemon's reason, and the way
 * without a registry.
 */
export async function pullImage(
  definition: ImageDefinition,
  official: OfficialImage,
  { daemon, signal, onProgress }: PullOptions,
): Promise<ReadyImage> {
  const { name } = definition
  const tagged = official.reference
  const reference = referenceOf(official)
  const there = await pulledImage(definition, daemon)
  if (there) return there
  try {
    const stream = await daemon.api.pull(reference, { abortSignal: signal })
    const layers = new Layers()
    await followed(daemon, stream, (event) => {
      const { doneBytes, totalBytes } = layers.add(event)
      onProgress({ component: name, step: `pulling ${tagged}`, doneBytes, totalBytes })
    })
  } catch (error) {
    if (signal.aborted) throw signal.reason
    throw notPulled(definition, tagged, error)
  }
  const pulled = await pulledImage(definition, daemon)
  if (!pulled) throw new Error(`the daemon pulled ${reference} and does not have it`)
  return pulled
}

function notPulled({ name, local }: ImageDefinition, reference: string, error: unknown): EnvironmentError {
  const reason = error instanceof Error ? error.message.replace(/^\(HTTP code \d+\) [^-]*- /, '').trim() : String(error)
  const text = `The image ${reference} (${name}) cannot be pulled: ${reason}`
  const remedy = local
    ? 'Try --images=local, which builds it here without an image registry, or check the daemon’s network and proxy.'
    : 'Nothing can be built in its place here: leave it out, or check the daemon’s network and proxy.'
  return new EnvironmentError('ENV-PROVISION', name, text, remedy, [], { cause: error })
}

/** Sums what the layers of one pull report. */
class Layers {
  readonly #byId = new Map<string, { current: number; total: number }>()

  add({ id, status, progressDetail }: ProgressEvent): { doneBytes: number; totalBytes: number } {
    const { current, total } = progressDetail ?? {}
    if (id && status === 'Downloading' && current && total) this.#byId.set(id, { current, total })
    let [doneBytes, totalBytes] = [0, 0]
    for (const layer of this.#byId.values()) {
      doneBytes += layer.current
      totalBytes += layer.total
    }
    return { doneBytes, totalBytes }
  }
}
