import type { ChatStackOptions } from '../options.ts'
import type { ServiceSpec } from '../spec.ts'

/** How a store is run, and how it is addressed. */
export interface StackStore {
  readonly port: number
  service(options: ChatStackOptions): ServiceSpec
  /** The address for the system, and through the door for the audit; `at` is `host:port`. */
  url(at: string, password: string): string
}
