/** The stores a chat can run on, one file each. */
import type { ChatStackOptions, StoreName } from '../options.ts'
import type { ServiceSpec } from '../spec.ts'
import { cassandra } from './cassandra.ts'
import { mongo } from './mongo.ts'
import { mysql } from './mysql.ts'

/** How a store is run, and how it is addressed. */
export interface StackStore {
  readonly port: number
  service(options: ChatStackOptions): ServiceSpec
  /** The address for the system, and through the door for the audit; `at` is `host:port`. */
  url(at: string, password: string): string
}

export const stores: Readonly<Record<StoreName, StackStore>> = { mysql, mongo, cassandra }
