import type { ComponentName } from '../component.ts'
import { cassandra } from './cassandra.ts'
import type { Driver } from './driver.ts'
import { kafka } from './kafka.ts'
import { mongo } from './mongo.ts'
import { mysql } from './mysql.ts'
import { postgres } from './postgres.ts'
import { redis } from './redis.ts'

/** Every component the lab can start, by name. */
export const DRIVERS: Readonly<Record<ComponentName, Driver>> = { kafka, mongo, mysql, postgres, cassandra, redis }
