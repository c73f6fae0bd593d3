import type { Daemon } from '../docker/daemon.ts'

/** Id and size of an image the daemon has; null when it has none of that name. */
export async function inspect(daemon: Daemon, reference: string): Promise<{ id: string; sizeBytes: number } | null> {
  try {
    const { Id, Size } = await daemon.api.getImage(reference).inspect()
    return { id: Id, sizeBytes: Size }
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return null
    throw error
  }
}
