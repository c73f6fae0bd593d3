/** PostgreSQL in a container: one node with the durability and the memory of the native one. */
import { firstAnswer, settingArguments } from '../components/postgres/own.ts'
import { POSTGRES_MEMORY } from '../components/postgres/server.ts'
import { type ContainerRecipe, SECRETS } from './recipe.ts'

/** The lab makes databases of its own and removes them: nobody else is on this server. */
const USER = 'lab'
const PASSWORD_FILE = `${SECRETS}/password`

export const postgres: ContainerRecipe = {
  image: 'postgres',
  port: 'postgres',
  memoryMiB: 2_048,
  readyTimeoutMs: 120_000,
  setUp: ({ port, password }) => {
    const url = `postgres://${USER}:${password}@127.0.0.1:${port}/`
    return {
      url,
      publicUrl: `postgres://127.0.0.1:${port}/`,
      environment: { POSTGRES_USER: USER, POSTGRES_PASSWORD_FILE: PASSWORD_FILE, TZ: 'UTC' },
      command: ['postgres', ...settingArguments],
      files: { [PASSWORD_FILE]: password },
      memory: POSTGRES_MEMORY,
      ready: (_process, signal) => firstAnswer(url, signal),
    }
  },
}
