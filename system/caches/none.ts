import type { RecentCache } from './cache.ts'

/** No cache: every page comes from the store. */
export const noCache: RecentCache = {
  kind: 'none',
  put: async () => {},
  newest: async () => undefined,
  reasons: () => [],
  close: async () => {},
}
