/** A stack of services as data: what a compose file says, in units that have names and with nothing left open. */

/**
 * Who may talk to whom. `edge`: the balancer and what it forwards to. `app`: the roles of the system among themselves
 * and the balancer's operations port. `data`: engines and the roles that use them, without a way out. `door`: from
 * loopback to the data tier, only while the lab's audit reads it. `front`: from this machine to the balancer, where the
 * clients are beside the stack.
 */
export const networkNames = ['edge', 'app', 'data', 'door', 'front'] as const
export type NetworkName = (typeof networkNames)[number]

/** How a cluster reaches services; `compose/swarm/cluster.ts` finds out which. */
export type ClusterKind =
  /** Service names resolve to a virtual IP; published ports may be on every node. */
  | 'virtual-ip'
  /** The kernel lacks IPVS: service names resolve to the tasks, ports are published on the task's own node. */
  | 'dns-round-robin'

export interface PublishedPort {
  readonly target: number
  readonly published: number
  /** On every node through the ingress mesh, where the cluster has one and more than one node. */
  readonly mesh: boolean
}

export interface Healthcheck {
  readonly test: readonly string[]
  /** Between two checks until the first success, and from then on; the first for good where Docker knows one only. */
  readonly startIntervalMs: number
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly retries: number
  readonly startPeriodMs: number
}

/** One node each, or the same where there are too few; `compose/swarm/places.ts` finds out which nodes those are. */
export type Place =
  /** That has the data. */
  | 'state'
  /** That have the second and the third copy of it, where something keeps copies. */
  | 'state-2'
  | 'state-3'
  /** Whose address clients were told. */
  | 'edge'

/** `spread`: over all nodes. */
export type Placement = 'spread' | Place

export interface Resources {
  readonly cpus: number
  readonly memoryMiB: number
}

export interface ServiceSpec {
  readonly image: string
  /** `uid:gid`, never root. */
  readonly user: string
  readonly entrypoint?: readonly string[]
  readonly command: readonly string[]
  /** No secrets here: whoever may inspect a service reads it. */
  readonly environment: Readonly<Record<string, string>>
  readonly networks: readonly NetworkName[]
  readonly ports: readonly PublishedPort[]
  readonly configs: readonly { readonly source: string; readonly target: string }[]
  /** Mounted as `/run/secrets/<name>`. */
  readonly secrets: readonly string[]
  readonly volumes: readonly { readonly source: string; readonly target: string }[]
  /** The root file system is read-only, but where an image cannot do without. */
  readonly writableRoot?: boolean
  /** Folders that can be written to beside the volumes. */
  readonly scratch: readonly { readonly target: string; readonly sizeMiB: number }[]
  /** Added to an empty set. */
  readonly capabilities?: readonly string[]
  readonly healthcheck: Healthcheck
  /** Between SIGTERM and SIGKILL. */
  readonly stopGraceMs: number
  readonly replicas: number
  readonly limits: Resources & { readonly pids: number }
  readonly reservations: Resources
  readonly restart: { readonly condition: 'any' | 'on-failure'; readonly delayMs: number }
  readonly update: {
    readonly order: 'start-first' | 'stop-first'
    readonly parallelism: number
    readonly delayMs: number
    readonly monitorMs: number
    readonly onFailure: 'rollback' | 'pause'
  }
  readonly placement: Placement
}

export interface StackSpec {
  readonly name: string
  readonly services: Readonly<Record<string, ServiceSpec>>
  /** By name, the text. */
  readonly configs: Readonly<Record<string, string>>
  /** By name, the text; never rendered into the compose file. */
  readonly secrets: Readonly<Record<string, string>>
}
