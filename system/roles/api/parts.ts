import type { TSchema } from '@sinclair/typebox'
import type { RoleContext } from '../role.ts'
import type { ApiMetrics } from './metrics.ts'
import type { Sessions } from './session.ts'

/** What the route files share. */
export interface ApiParts {
  readonly context: RoleContext
  readonly sessions: Sessions
  readonly metrics: ApiMetrics
  /** The security entry of routes that need an access token. */
  readonly bearer: readonly { readonly [name: string]: readonly string[] }[]
  /** A route's answers with the coded error beside them. */
  answers<T extends Record<number, TSchema>>(good: T): T
}
