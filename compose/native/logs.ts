/** Log files of started processes: their last lines without secrets, and waiting for a line. */
import { open } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { RunningProcess } from '../component.ts'

const TAIL_BYTES = 64 * 1024
const POLL_MS = 20
const HIDDEN = '***'

/** Removes each secret and the credentials of any URL. */
export function redact(text: string, secrets: readonly string[]): string {
  const withoutUrls = text.replaceAll(/(\w+:\/\/)[^\s/@:]+:[^\s/@]+@/g, `$1${HIDDEN}@`)
  return secrets.filter(Boolean).reduce((line, secret) => line.replaceAll(secret, HIDDEN), withoutUrls)
}

/** The last `count` lines of a file that may be huge or missing. */
export async function lastLines(file: string, count: number): Promise<string[]> {
  const handle = await open(file).catch(() => null)
  if (!handle) return []
  try {
    const { size } = await handle.stat()
    const from = Math.max(0, size - TAIL_BYTES)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from)
    const lines = buffer.toString('utf8', 0, bytesRead).split('\n')
    if (from > 0) lines.shift()
    return lines.filter((line) => line.trim() !== '').slice(-count)
  } finally {
    await handle.close()
  }
}

/**
 * Resolves with the first line of the process's output that `wanted` accepts. Rejects with the signal's reason; a
 * start by `Session.spawn` aborts its signal when the process ends or time is up.
 */
export async function waitForLine(
  process: Pick<RunningProcess, 'logFile'>,
  wanted: (line: string) => boolean,
  signal: AbortSignal,
): Promise<string> {
  const handle = await open(process.logFile)
  const chunk = Buffer.alloc(TAIL_BYTES)
  const decoder = new TextDecoder()
  let pending = ''
  try {
    for (;;) {
      signal.throwIfAborted()
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, null)
      if (bytesRead === 0) {
        await delay(POLL_MS, undefined, { signal })
        continue
      }
      const lines = (pending + decoder.decode(chunk.subarray(0, bytesRead), { stream: true })).split('\n')
      pending = lines.pop() ?? ''
      const found = lines.find(wanted)
      if (found !== undefined) return found
    }
  } finally {
    await handle.close()
  }
}
