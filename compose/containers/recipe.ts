/** What a component is as a container: its image, and how one is set up, asked and limited. */
import type { EngineFigures, EngineIdentity, MemoryLimit, RunningProcess } from '../component.ts'
import type { ImageName, ReadyImage } from '../images/image.ts'

/** Made for one container, the same after every restart. */
export interface ContainerOwn {
  readonly image: ReadyImage
  /** Published on 127.0.0.1. */
  readonly port: number
  /** Generated; reaches the container in a file. */
  readonly password: string
}

export interface ContainerSetup {
  /** For clients on this machine; may hold the password. */
  readonly url: string
  readonly publicUrl: string
  /** No secrets: whoever may use the daemon can read them. */
  readonly environment: Readonly<Record<string, string>>
  /** `CMD`; absent: the image's own. */
  readonly command?: readonly string[]
  /** Put into the container before its first start, by path. */
  readonly files?: Readonly<Record<string, string>>
  /** What the engine is told to keep to; the container's own limit is added. */
  readonly memory?: readonly MemoryLimit[]
  /** Where its own figures can be had from this machine; absent where they cannot. */
  readonly figures?: EngineFigures
  /** Resolves with who answered over the wire, once the engine serves. */
  ready(process: RunningProcess, signal: AbortSignal): Promise<EngineIdentity>
}

export interface ContainerRecipe {
  readonly image: ImageName
  /** The port of the image's facts that clients use. */
  readonly port: string
  /** Of the container as a whole, page cache of its files included; beyond it the kernel ends the engine. */
  readonly memoryMiB: number
  readonly readyTimeoutMs: number
  setUp(own: ContainerOwn): ContainerSetup
}

/** Where secrets are put: a name per secret. */
export const SECRETS = '/run/lab-secrets'
