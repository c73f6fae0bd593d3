import { EnvironmentError } from '../../compose/component.ts'
import { ensureImages, type ImageChoice } from '../../compose/images/ensure.ts'
import type { ReadyImage } from '../../compose/images/image.ts'
import { IMAGES } from '../../compose/images/index.ts'
import { pulledImage } from '../../compose/images/pull.ts'
import { Cache, cacheFolder } from '../../compose/provision/cache.ts'
import type { SwarmContext } from '../../compose/swarm/context.ts'
import { clusterOf } from '../../compose/swarm/nodes/cluster.ts'
import type { ImageSupply } from './launch.ts'

/** Has the daemon have what is asked for, by what `--images` says; in a practice cluster every node of it. */
export function imageSupply(source: ImageChoice, { daemon, env, signal, onProgress }: SwarmContext): ImageSupply {
  const told = ({ component, step }: { component: string; step: string }) => onProgress(`${component}: ${step}`)
  const cache = new Cache(cacheFolder(env), told)
  return async (names) => {
    const images = await ensureImages(names, { daemon, source, env, signal, onProgress: told, cache })
    const practice = await clusterOf(daemon.host, { env, signal })
    if (practice !== null) await practice.give(images.values())
    return images
  }
}

/** Null, and why, where it cannot be had: a chat is watched without Grafana too. One pulled before serves always. */
export async function grafanaImage(source: ImageChoice, context: SwarmContext): Promise<ReadyImage | null> {
  if (source === 'local' && (await pulledImage(IMAGES.grafana, context.daemon)) === null) {
    context.onProgress('No Grafana: no package registry has it, so none can be built here.')
    return null
  }
  try {
    return (await imageSupply('official', context)(['grafana'])).get('grafana') ?? null
  } catch (error) {
    if (context.signal.aborted || !(error instanceof EnvironmentError)) throw error
    context.onProgress(`No Grafana: ${error.message}`)
    return null
  }
}
