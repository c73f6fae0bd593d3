/** Images for every node of a practice cluster: no registry is reached from there, so one node gives them to the others. */
import { once } from 'node:events'
import type { Daemon } from '../../docker/daemon.ts'
import type { ReadyImage } from '../../images/image.ts'
import { inspect } from '../../images/inspect.ts'

/** Copies what a node lacks, from the daemon that has them all. */
export async function giveImages(
  images: readonly ReadyImage[],
  from: Daemon,
  others: readonly Daemon[],
): Promise<void> {
  const references = images.map(({ reference }) => reference)
  await Promise.all(others.map((to) => copyMissing(references, from, to)))
}

async function copyMissing(references: readonly string[], from: Daemon, to: Daemon): Promise<void> {
  for (const reference of references) {
    if ((await inspect(to, reference)) !== null) continue
    const progress = await to.api.loadImage(await from.api.getImage(reference).get(), { quiet: true })
    progress.resume()
    await once(progress, 'end')
  }
}
