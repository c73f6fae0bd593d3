/** Makes sure a daemon has the images a stack needs: pulled from their registries, or built here. */

import { EnvironmentError } from '../component.ts'
import type { Daemon } from '../docker/daemon.ts'
import type { ProvisionContext } from '../provision/context.ts'
import { buildImage } from './build.ts'
import type { ImageDefinition, ImageName, ImageSource, ReadyImage } from './image.ts'
import { IMAGES } from './index.ts'
import { pullImage } from './pull.ts'

/** `auto`: official, and those whose registry does not give them are built here. */
export type ImageChoice = ImageSource | 'auto'

export interface EnsureOptions extends ProvisionContext {
  readonly daemon: Daemon
  readonly source: ImageChoice
}

/**
 * Every image named, present on the daemon. An image that is there already is neither pulled nor built again; the
 * project's own image is always built here, from the code as it is now. Rejects with the EnvironmentError of the first
 * image that cannot be had, or the signal's reason.
 */
export async function ensureImages(
  names: readonly ImageName[],
  options: EnsureOptions,
): Promise<Map<ImageName, ReadyImage>> {
  const ready = new Map<ImageName, ReadyImage>()
  // One after the other: a build is bound by the disk, and a progress of several at once cannot be read.
  for (const name of new Set(names)) {
    options.signal.throwIfAborted()
    ready.set(name, await ensureImage(IMAGES[name], options))
  }
  return ready
}

/** One image by its definition; see `ensureImages`. */
export async function ensureImage(definition: ImageDefinition, options: EnsureOptions): Promise<ReadyImage> {
  const { name, official, local } = definition
  if (official === null) return buildImage(definition, options)
  if (options.source === 'local') {
    if (local) return buildImage(definition, options)
    const text = `The image ${name} cannot be built here: no package registry has ${definition.product.official}.`
    throw new EnvironmentError('ENV-MISSING', name, text, 'Leave it out, or use --images=official.')
  }
  try {
    return await pullImage(definition, official, options)
  } catch (error) {
    if (options.source !== 'auto' || !local || options.signal.aborted) throw error
    const step = `${error instanceof Error ? error.message : error} Building it here instead.`
    options.onProgress({ component: name, step })
    return buildImage(definition, options)
  }
}
