/** MySQL, one node, with the durability and the memory of the native one. */
import { engineSettings } from '../../components/mysql/server.ts'
import { healthOf, imageParts, stateful } from '../defaults.ts'
import { imageOf, secretFile, secretNames } from '../options.ts'
import type { StackStore } from './store.ts'

export const mysqlUser = 'chat'
const database = 'chat'

export const mysql: StackStore = {
  port: 3306,
  url: (at, password) => `mysql://${mysqlUser}:${password}@${at}/${database}`,
  service: (options) => {
    const image = imageOf(options, 'mysql')
    return {
      ...stateful,
      ...imageParts(image),
      command: ['mysqld', ...engineSettings],
      environment: {
        MYSQL_DATABASE: database,
        MYSQL_USER: mysqlUser,
        MYSQL_PASSWORD_FILE: secretFile('storePassword'),
        MYSQL_ROOT_PASSWORD_FILE: secretFile('storeRootPassword'),
        TZ: 'UTC',
      },
      secrets: [secretNames.storePassword, secretNames.storeRootPassword],
      networks: ['data'],
      volumes: [{ source: 'mysql-data', target: image.facts.dataPath! }],
      healthcheck: healthOf(image),
      stopGraceMs: 30_000,
      replicas: 1,
      limits: { cpus: options.cpus, memoryMiB: 1_024, pids: 256 },
      reservations: { cpus: 0.1, memoryMiB: 384 },
    }
  },
}
