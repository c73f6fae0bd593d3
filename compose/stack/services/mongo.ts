/** MongoDB, or what speaks its protocol, one node. */
import { healthOf, imageParts, stateful } from '../defaults.ts'
import { imageOf, secretFile, secretNames } from '../options.ts'
import type { StackStore } from './store.ts'

const user = 'chat'
const database = 'chat'

export const mongo: StackStore = {
  port: 27017,
  // The user is made by the image, in the database of users.
  url: (at, password) => `mongodb://${user}:${password}@${at}/${database}?authSource=admin`,
  service: (options) => {
    const image = imageOf(options, 'mongo')
    return {
      ...stateful,
      ...imageParts(image),
      command: [],
      environment: {
        MONGO_INITDB_ROOT_USERNAME: user,
        MONGO_INITDB_ROOT_PASSWORD_FILE: secretFile('storePassword'),
      },
      secrets: [secretNames.storePassword],
      networks: ['data'],
      volumes: [{ source: 'mongo-data', target: image.facts.dataPath! }],
      healthcheck: healthOf(image),
      stopGraceMs: 30_000,
      replicas: 1,
      limits: { cpus: options.cpus, memoryMiB: 1_024, pids: 512 },
      reservations: { cpus: 0.1, memoryMiB: 384 },
    }
  },
}
