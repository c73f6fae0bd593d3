/** One container of an image, as a test runs it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import type { Daemon } from '../../../compose/docker/daemon.ts'
import type { ReadyImage } from '../../../compose/images/image.ts'

const HEALTHY_MS = 120_000
const MS = 1e6

export interface ContainerOptions {
  readonly env: readonly string[]
  /** Files mounted read-only, by their path in the container. */
  readonly files: Readonly<Record<string, string>>
  readonly tmpfs: Readonly<Record<string, string>>
  /** Where an anonymous volume goes, which is removed with the container. */
  readonly volume: string | null
}

export interface Container {
  readonly id: string
  /** Resolves when the health command succeeded; rejects with the last lines of the log when it ended before. */
  healthy(): Promise<void>
  /** What a command printed; rejects with what it printed on stderr when it failed. */
  output(command: readonly string[]): Promise<string>
  /** Its root file system without volumes, as a tar stream. */
  files(): Promise<NodeJS.ReadableStream>
  remove(): Promise<void>
}

/** Without a network, on a read-only root file system, with no capability and no way to get one. */
export async function runContainer(
  { api }: Daemon,
  { reference, facts }: ReadyImage,
  { env, files, tmpfs, volume }: ContainerOptions,
): Promise<Container> {
  const folder = await mkdtemp(join(tmpdir(), 'lab-container-'))
  const binds = Object.entries(files).map(async ([path, content], index) => {
    const file = join(folder, `${index}`)
    await writeFile(file, content)
    return `${file}:${path}:ro`
  })
  const container = await api.createContainer({
    Image: reference,
    Env: [...env],
    Volumes: volume ? { [volume]: {} } : {},
    Healthcheck: {
      Test: ['CMD', ...(facts.health.local ?? [])],
      Interval: 500 * MS,
      Timeout: 3000 * MS,
      Retries: 1000,
    },
    HostConfig: {
      Binds: await Promise.all(binds),
      NetworkMode: 'none',
      ReadonlyRootfs: true,
      Tmpfs: { ...tmpfs },
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
    },
  })
  const remove = async () => {
    await container.remove({ force: true, v: true })
    await rm(folder, { recursive: true, force: true })
  }
  const log = async () => String(await container.logs({ stdout: true, stderr: true, tail: 20 }))
  const healthy = async () => {
    const end = Date.now() + HEALTHY_MS
    for (;;) {
      const { State } = await container.inspect()
      if (State.Health?.Status === 'healthy') return
      if (!State.Running || Date.now() > end) throw new Error(`${reference} is ${State.Status}: ${await log()}`)
      await delay(100)
    }
  }
  const output = async (command: readonly string[]) => {
    const exec = await container.exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true })
    const [out, err] = [new PassThrough(), new PassThrough()]
    const stream = await exec.start({})
    api.modem.demuxStream(stream, out, err)
    stream.on('end', () => {
      out.end()
      err.end()
    })
    const [printed, failed] = await Promise.all([text(out), text(err)])
    const { ExitCode } = await exec.inspect()
    if (ExitCode !== 0) throw new Error(`${command.join(' ')} ended with ${ExitCode}: ${failed}${printed}`)
    return printed.trim()
  }
  try {
    await container.start()
  } catch (error) {
    await remove()
    throw error
  }
  return { id: container.id, healthy, output, files: () => container.export(), remove }
}
