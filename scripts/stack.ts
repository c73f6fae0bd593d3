import { ensureImages } from '../compose/images/ensure.ts'
import { Cache, cacheFolder } from '../compose/provision/cache.ts'
import { type StackIo, stackCommand } from '../lab/stack/command.ts'
import { onInterrupt } from './signals.ts'

/** `npm run stack`: the chat on Docker Swarm. */
export function main(args: string[]): Promise<number> {
  const { stdout, stderr, env } = process
  const images: StackIo['images'] = (names, source, { daemon, signal, onProgress }) => {
    const told = ({ component, step }: { component: string; step: string }) => onProgress(`${component}: ${step}`)
    return ensureImages(names, {
      daemon,
      source,
      env,
      signal,
      onProgress: told,
      cache: new Cache(cacheFolder(env), told),
    })
  }
  return stackCommand(args, { stdout, stderr, env, onInterrupt, images })
}
