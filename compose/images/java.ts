/** A Java runtime for images: the one the lab provisions for machines without Java, and the libraries it loads. */
import { join } from 'node:path'
import { JAVA_IN_WHEEL, javaWheelRecipe } from '../components/java.ts'
import type { ProvisionContext } from '../provision/context.ts'
import { libraryEntries } from './base.ts'
import type { ImageEntry } from './image.ts'

export const javaKey = (context: ProvisionContext): string => javaWheelRecipe(context).key

export async function javaEntries(context: ProvisionContext): Promise<ImageEntry[]> {
  const wheel = await context.cache.entry(javaWheelRecipe(context), context.signal)
  return [
    ...(await libraryEntries(context)),
    { kind: 'copy', path: 'opt/java', from: join(wheel, JAVA_IN_WHEEL) },
    { kind: 'link', path: 'usr/bin/java', target: '/opt/java/bin/java' },
  ]
}
