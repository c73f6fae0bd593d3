import { k6Program } from '../../compose/components/k6.ts'
import { Cache, cacheFolder } from '../../compose/provision/cache.ts'
import type { SwarmContext } from '../../compose/swarm/context.ts'
import { imagesOf, stackEdition } from '../stack/chat.ts'
import { imageSupply } from '../stack/images.ts'
import type { StackBackend } from '../stack/options.ts'

/**
 * What a run needs that the practice cluster's network cannot bring: the load generator, and a backend's images on every
 * node. Rejects with an EnvironmentError when one cannot be had.
 */
export async function bringSupplies(backend: StackBackend, context: SwarmContext): Promise<void> {
  const { env, signal, onProgress } = context
  const told = ({ component, step }: { component: string; step: string }) => onProgress(`${component}: ${step}`)
  await k6Program({ cache: new Cache(cacheFolder(env), told), env, signal, onProgress: told })
  await imageSupply('local', context)(imagesOf(stackEdition(backend, {})))
}
