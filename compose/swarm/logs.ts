/** What services say. */
import { docker } from '../docker/program.ts'
import type { SwarmContext } from './context.ts'

/** The last lines of a service or of one task, oldest first; none where they cannot be had. */
export async function lastLines(
  id: string,
  count: number,
  context: Pick<SwarmContext, 'daemon' | 'env'>,
): Promise<string[]> {
  const signal = AbortSignal.timeout(10_000)
  try {
    const lines: string[] = []
    const args = ['service', 'logs', '--raw', '--tail', `${count}`, id]
    await docker(context.daemon, args, { env: context.env, signal, onLine: (line) => lines.push(line) })
    return lines.filter((line) => line.trim() !== '').slice(-count)
  } catch {
    return []
  }
}
