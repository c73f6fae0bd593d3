/** The chat as a stack: its roles, the balancer before them, the engines below, and a door for the audit. */
import { type ChatStackOptions, secretNames } from './options.ts'
import { doorConfig, doorService } from './services/door.ts'
import { edgeConfig, edgeService } from './services/edge.ts'
import { brokerAddresses, kafkaServices } from './services/kafka.ts'
import { redisName, redisPort, redisService, redisSettings } from './services/redis.ts'
import { roleService } from './services/roles.ts'
import { stores } from './services/stores.ts'
import type { StackSpec } from './spec.ts'

export function chatStack(options: ChatStackOptions): StackSpec {
  const { name, secrets, observe } = options
  const store = stores[options.store]
  const roles = Object.fromEntries(options.roles.map((role) => [role.name, roleService(role, options)]))
  return {
    name,
    services: {
      ...kafkaServices(options),
      [options.store]: store.service(options),
      ...(options.redis && { [redisName]: redisService(options) }),
      ...roles,
      edge: edgeService(options),
      door: doorService(options),
      ...observe?.services,
    },
    configs: {
      edge: edgeConfig(options),
      door: doorConfig({ store: options.store, storePort: store.port, brokers: options.brokers }),
      ...observe?.configs,
    },
    secrets: {
      [secretNames.storeUrl]: store.url(`${options.store}:${store.port}`, secrets.storePassword),
      [secretNames.logUrl]: `kafka://${brokerAddresses(options.brokers).join(',')}`,
      ...(options.redis && {
        [secretNames.redisUrl]: `redis://:${secrets.redisPassword}@${redisName}:${redisPort}/0`,
        [secretNames.redisSettings]: redisSettings(secrets.redisPassword),
      }),
      [secretNames.tokenSecret]: secrets.tokenSecret,
      [secretNames.internalToken]: secrets.internalToken,
      [secretNames.operationsHeader]: `Bearer ${secrets.internalToken}`,
      [secretNames.storePassword]: secrets.storePassword,
      [secretNames.storeRootPassword]: secrets.storeRootPassword,
      ...observe?.secrets,
    },
  }
}
