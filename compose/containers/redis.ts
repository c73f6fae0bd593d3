/** Redis in a container: it keeps nothing, as the native one. */
import { firstAnswer, memory } from '../components/redis/server.ts'
import { redisSettings } from '../stack/services/redis.ts'
import { type ContainerRecipe, SECRETS } from './recipe.ts'

/** The whole file: the arguments of a process are public. */
const SETTINGS = `${SECRETS}/redis.conf`

export const redis: ContainerRecipe = {
  image: 'redis',
  port: 'redis',
  memoryMiB: 512,
  readyTimeoutMs: 60_000,
  setUp: ({ port, password }) => {
    const url = `redis://:${password}@127.0.0.1:${port}/`
    return {
      url,
      publicUrl: `redis://127.0.0.1:${port}/`,
      environment: {},
      command: ['redis-server', SETTINGS],
      files: { [SETTINGS]: redisSettings(password) },
      memory,
      figures: { engine: 'redis', url },
      ready: (_process, signal) => firstAnswer(url, signal),
    }
  },
}
