import { randomFillSync } from 'node:crypto'
import { monotonicFactory } from 'ulid'

/**
 * ULIDs that rise within one factory. The random bytes come from a pool: the library's own source asks the
 * system sixteen times an id.
 */
export function createIdFactory(): () => string {
  const pool = new Uint8Array(4096)
  let used = pool.length
  const next = monotonicFactory(() => {
    if (used === pool.length) {
      randomFillSync(pool)
      used = 0
    }
    return (pool[used++] as number) / 256
  })
  return () => next()
}
