/** Connections of one process to the server, and reads it has in flight at most for one call. */
export const poolSize = 16
const readsInFlight = 8

/** Runs `work` for each item, few at a time; results in the order of the items. Rejects with the first failure. */
export async function eachOf<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results = new Array<Result>(items.length)
  const entries = items.entries()
  const runner = async () => {
    for (const [index, item] of entries) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(readsInFlight, items.length) }, runner))
  return results
}
