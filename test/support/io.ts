import { PassThrough } from 'node:stream'

/** Streams that remember, in place of a command's own. */
export function recordedIo(env: Readonly<Record<string, string | undefined>> = {}) {
  const out: string[] = []
  const err: string[] = []
  const recorder = (lines: string[]) => {
    const stream = new PassThrough()
    stream.on('data', (chunk) => lines.push(String(chunk)))
    return stream as unknown as NodeJS.WriteStream
  }
  return {
    io: { stdout: recorder(out), stderr: recorder(err), env },
    out: () => out.join(''),
    err: () => err.join(''),
  }
}
