/** MySQL in a container: one node with the durability and the memory of the native one. */
import { engineSettings, firstAnswer, memory } from '../components/mysql/server.ts'
import { type ContainerRecipe, SECRETS } from './recipe.ts'

/** The lab makes databases of its own and removes them: nobody else is on this server. */
const USER = 'root'
const PASSWORD_FILE = `${SECRETS}/root-password`

export const mysql: ContainerRecipe = {
  image: 'mysql',
  port: 'mysql',
  memoryMiB: 2_048,
  readyTimeoutMs: 120_000,
  setUp: ({ image: { facts }, port, password }) => {
    const url = `mysql://${USER}:${password}@127.0.0.1:${port}/`
    return {
      url,
      publicUrl: `mysql://127.0.0.1:${port}/`,
      environment: { MYSQL_ROOT_PASSWORD_FILE: PASSWORD_FILE, TZ: 'UTC' },
      command: ['mysqld', ...engineSettings],
      files: { [PASSWORD_FILE]: password },
      memory,
      figures: { engine: 'mysql', url },
      ready: (process, signal) => firstAnswer(url, facts.ports.mysql!, process, signal),
    }
  },
}
