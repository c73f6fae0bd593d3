import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Daemon } from './daemon.ts'

/** What a command printed in a container. Rejects with its last words when it fails. */
export async function outputIn({ api }: Daemon, container: string, command: readonly string[]): Promise<string> {
  const exec = await api.getContainer(container).exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true })
  const [out, err] = [new PassThrough(), new PassThrough()]
  const stream = await exec.start({})
  api.modem.demuxStream(stream, out, err)
  stream.once('close', () => {
    out.end()
    err.end()
  })
  const [printed, failed] = await Promise.all([text(out), text(err)])
  const { ExitCode } = await exec.inspect()
  if (ExitCode === 0) return printed
  throw new Error(`${command[0]} ended with ${ExitCode} in the container: ${(failed || printed).trim().slice(-300)}`)
}
