/** PostgreSQL, one node, with the durability and the memory of the native one. */
import { settingArguments } from '../../components/postgres/own.ts'
import { healthOf, imageParts, stateful } from '../defaults.ts'
import { imageOf, secretFile, secretNames } from '../options.ts'
import type { StackStore } from './store.ts'

const user = 'chat'
const database = 'chat'

export const postgres: StackStore = {
  port: 5432,
  url: (at, password) => `postgres://${user}:${password}@${at}/${database}`,
  service: (options) => {
    const image = imageOf(options, 'postgres')
    return {
      ...stateful,
      ...imageParts(image),
      command: ['postgres', ...settingArguments],
      environment: {
        POSTGRES_DB: database,
        POSTGRES_USER: user,
        POSTGRES_PASSWORD_FILE: secretFile('storePassword'),
        TZ: 'UTC',
      },
      secrets: [secretNames.storePassword],
      networks: ['data'],
      volumes: [{ source: 'postgres-data', target: image.facts.dataPath! }],
      healthcheck: healthOf(image),
      stopGraceMs: 30_000,
      replicas: 1,
      limits: { cpus: options.cpus, memoryMiB: 1_024, pids: 512 },
      reservations: { cpus: 0.1, memoryMiB: 384 },
    }
  },
}
