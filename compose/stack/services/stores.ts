/** The stores a chat can run on, one file each. */
import type { StoreName } from '../options.ts'
import { cassandra } from './cassandra.ts'
import { mongo } from './mongo.ts'
import { mysql } from './mysql.ts'
import { postgres } from './postgres.ts'
import type { StackStore } from './store.ts'

export const stores: Readonly<Record<StoreName, StackStore>> = { mysql, postgres, mongo, cassandra }
