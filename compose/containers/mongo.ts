/** MongoDB in a container, or from an image built here FerretDB, which says so itself. */
import { answering } from '../components/mongo/answering.ts'
import { POSTGRES_MEMORY } from '../components/postgres/server.ts'
import { type ContainerRecipe, SECRETS } from './recipe.ts'

const USER = 'lab'
const PASSWORD_FILE = `${SECRETS}/root-password`

export const mongo: ContainerRecipe = {
  image: 'mongo',
  port: 'mongo',
  memoryMiB: 3_072,
  readyTimeoutMs: 120_000,
  setUp: ({ image, port, password }) => {
    const address = `127.0.0.1:${port}`
    const url = `mongodb://${USER}:${password}@${address}/`
    return {
      url,
      publicUrl: `mongodb://${address}/`,
      environment: { MONGO_INITDB_ROOT_USERNAME: USER, MONGO_INITDB_ROOT_PASSWORD_FILE: PASSWORD_FILE },
      files: { [PASSWORD_FILE]: password },
      ...(image.source === 'local' && { memory: POSTGRES_MEMORY }),
      ready: async (process, signal) => {
        const probe = answering(url)
        await probe.ready(process, signal)
        return probe.identity()
      },
    }
  },
}
