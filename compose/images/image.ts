/**
 * What an image is to the lab, whoever made it. An image built here follows the official one's contract: the same
 * environment variables, paths, ports and user, so that one stack definition runs both; where they differ it is said here.
 */
import type { ProvisionContext } from '../provision/context.ts'

/** Pulled from its registry, or built here from package registries. */
export type ImageSource = 'official' | 'local'

export const IMAGE_NAMES = [
  'chat',
  'haproxy',
  'redis',
  'kafka',
  'mysql',
  'postgres',
  'mongo',
  'cassandra',
  'prometheus',
  'redis-exporter',
  'mysql-exporter',
  'grafana',
] as const
export type ImageName = (typeof IMAGE_NAMES)[number]

/** Where an official image is: `repository:tag`, and the digest the tag had when it was pinned, where that is known. */
export interface OfficialImage {
  readonly reference: string
  readonly digest?: string
}

/** A file or a link of an image; owner root unless it is said. */
export type ImageEntry =
  | { readonly kind: 'text'; readonly path: string; readonly text: string; readonly executable?: boolean }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  /** An empty folder, made for the user of the image unless `mode` opens it for all. */
  | { readonly kind: 'folder'; readonly path: string; readonly mode?: number }
  /** A file or a folder with all that is in it, of this machine. */
  | {
      readonly kind: 'copy'
      readonly path: string
      readonly from: string
      /** Says of a path below `from` (no leading slash) whether it stays out. */
      readonly without?: (path: string) => boolean
    }

/** The content of an image that is built here. */
export interface LocalContent {
  /** Everything the content depends on: another value is another tag, the same value is not built again. */
  readonly key: string
  entries(): Promise<readonly ImageEntry[]>
}

/** What whoever runs a container of it must know. Paths are absolute and inside the container. */
export interface ContainerFacts {
  /** `uid:gid`, never root. The image may name it itself; a stack should say it as well. */
  readonly user: string
  /** TCP ports by what speaks on them. */
  readonly ports: Readonly<Record<string, number>>
  /** What the engine keeps; a volume belongs there. Null: it keeps nothing. */
  readonly dataPath: string | null
  /** A file that the stack's own configuration replaces; null where the environment configures it. */
  readonly configPath: string | null
  /** Folders that need a tmpfs when the root file system is read-only. */
  readonly scratch: readonly string[]
  /** Exits with 0 while the service is healthy, cheaply: no JVM, no Node, no shell client. Null: none to be had. */
  readonly health: Readonly<Record<ImageSource, readonly string[] | null>>
  /** Absent where no program of the image does any of it. */
  readonly upkeep?: Readonly<Partial<Record<ImageSource, Upkeep>>>
}

/** Commands in a container of the image that have the engine write or tidy its files. */
export interface Upkeep {
  /** Writes what it holds in memory. */
  readonly settle?: readonly string[]
  /** Its own compaction; a database's name comes last. */
  readonly compact?: readonly string[]
  /** Paths in the volume that are there until what compaction replaced is gone. */
  readonly untidy?: RegExp
}

export interface ImageDefinition {
  readonly name: ImageName
  /** What runs in it, by source: they need not be the same product (MongoDB, and FerretDB where there is none). */
  readonly product: Readonly<Partial<Record<ImageSource, string>>>
  /** Null for the project's own image, which is always built here. */
  readonly official: OfficialImage | null
  /** Null where no package registry has the program. */
  readonly local: ((context: ProvisionContext) => Promise<LocalContent>) | null
  /** `ENTRYPOINT` and `CMD` of the image built here. */
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  /** Environment variables the image built here sets itself. */
  readonly environment: Readonly<Record<string, string>>
  readonly facts: ContainerFacts
}

/** An image the daemon has. */
export interface ReadyImage {
  readonly name: ImageName
  /** What a stack file names: `repository:tag`, with digest where one is pinned. */
  readonly reference: string
  /** `sha256:...` of the image's configuration. */
  readonly id: string
  /** Bytes of its layers, unpacked. */
  readonly sizeBytes: number
  readonly source: ImageSource
  readonly product: string
  readonly facts: ContainerFacts
}
