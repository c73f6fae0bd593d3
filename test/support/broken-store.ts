import type { FreshStore } from '../../system/stores/conformance.ts'
import type { Store } from '../../system/stores/store.ts'
import { freshSqlite } from './sqlite-store.ts'

/** A driver with one planted fault, and the case of the suite that is there to find it. */
export interface BrokenStore {
  /** Goes on after "a driver that". */
  readonly fault: string
  /** Name of the case. */
  readonly foundBy: string
  /** The methods that are broken. `opened`: 0 for the first store opened on the data, then 1, 2 ... */
  readonly plant: (sound: Store, opened: number) => Partial<Store>
}

/** A SQLite store with the fault planted in every store opened on its data. */
export async function freshBroken({ plant }: Pick<BrokenStore, 'plant'>): Promise<FreshStore> {
  const fresh = await freshSqlite()
  let opened = 0
  const broken = (sound: Store) => overlay(sound, plant(sound, opened++))
  return { ...fresh, store: broken(fresh.store), another: async () => broken(await fresh.another()) }
}

/** `sound` with some of its methods replaced. */
export function overlay<Target extends object>(sound: Target, replaced: Partial<Target>): Target {
  return new Proxy(sound, {
    get(target, name) {
      const found = Object.hasOwn(replaced, name) ? Reflect.get(replaced, name) : Reflect.get(target, name, target)
      return typeof found === 'function' ? found.bind(target) : found
    },
  })
}
