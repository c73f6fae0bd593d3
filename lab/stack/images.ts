import { ensureImages, type ImageChoice } from '../../compose/images/ensure.ts'
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
