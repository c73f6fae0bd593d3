/**
 * The partition of a key: FNV-1a over the UTF-16 code units, with a last mix so that keys which differ only at
 * their end spread too. Every writer of a topic must use this one: a room's order is its partition's order.
 */
export function partitionOf(key: string, partitions: number): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash ^= hash >>> 13
  return (hash >>> 0) % partitions
}
