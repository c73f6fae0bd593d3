import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SwarmContext } from '../../../compose/swarm/context.ts'
import { lastLines } from '../../../compose/swarm/logs.ts'
import { listServices } from '../../../compose/swarm/tasks.ts'
import { watchers } from './names.ts'

const keptLines = 5_000

/** What each service of a stack said last, a file each. Never rejects: a run goes on without logs. */
export async function saveLogs(stack: string, folder: string, context: SwarmContext): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    const services = await listServices(context.daemon, stack)
    for (const { id, name } of services) {
      const lines = await lastLines(id, keptLines, context)
      if (lines.length > 0) await writeFile(join(folder, `${watchers.get(name) ?? name}.log`), `${lines.join('\n')}\n`)
    }
  } catch (error) {
    context.onProgress(`the services' logs could not be kept: ${(error as Error).message}`)
  }
}
