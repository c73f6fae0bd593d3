import { open } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

/**
 * Follows a file that another process writes, whole lines only. Waits for the file to appear; ends when `done` is
 * aborted and everything written by then has been read.
 */
export async function* followLines(file: string, done: AbortSignal, pollMs = 100): AsyncGenerator<string> {
  let handle = await open(file).catch(() => null)
  while (handle === null) {
    if (done.aborted) return
    await delay(pollMs)
    handle = await open(file).catch(() => null)
  }
  const chunk = Buffer.alloc(64 * 1024)
  const decoder = new TextDecoder()
  let pending = ''
  try {
    for (;;) {
      const last = done.aborted
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, null)
      if (bytesRead === 0) {
        if (last) return
        await delay(pollMs)
        continue
      }
      const lines = (pending + decoder.decode(chunk.subarray(0, bytesRead), { stream: true })).split('\n')
      pending = lines.pop() ?? ''
      yield* lines.filter((line) => line !== '')
    }
  } finally {
    await handle.close()
  }
}
