import { cassandra } from './cassandra.ts'
import { chat } from './chat.ts'
import { grafana } from './grafana.ts'
import { haproxy } from './haproxy.ts'
import type { ImageDefinition, ImageName } from './image.ts'
import { kafka } from './kafka.ts'
import { mongo } from './mongo.ts'
import { mysql } from './mysql.ts'
import { mysqlExporter } from './mysql-exporter.ts'
import { postgres } from './postgres.ts'
import { prometheus } from './prometheus.ts'
import { redis } from './redis.ts'
import { redisExporter } from './redis-exporter.ts'

/** Every image the lab knows, by name. */
export const IMAGES: Readonly<Record<ImageName, ImageDefinition>> = {
  chat,
  haproxy,
  redis,
  kafka,
  mysql,
  postgres,
  mongo,
  cassandra,
  prometheus,
  'redis-exporter': redisExporter,
  'mysql-exporter': mysqlExporter,
  grafana,
}
