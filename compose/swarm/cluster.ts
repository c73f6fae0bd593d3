/** The Swarm a daemon is part of: what kind it is, and who is in it. */
import { existsSync, readFileSync } from 'node:fs'
import { release } from 'node:os'
import { gunzipSync } from 'node:zlib'
import { EnvironmentError } from '../component.ts'
import type { Daemon } from '../docker/daemon.ts'
import type { ClusterKind } from '../stack/spec.ts'
import { initCommand } from './init.ts'

export interface SwarmNode {
  readonly id: string
  readonly hostname: string
  /** `ready`, `down`, `unknown`, `disconnected`. */
  readonly state: string
  readonly availability: string
  readonly isManager: boolean
  readonly cpus: number
  /** As the Swarm sees it. */
  readonly address: string
  readonly labels: Readonly<Record<string, string>>
}

export interface SwarmCluster {
  readonly daemon: Daemon
  /** The node whose daemon we talk to. */
  readonly nodeId: string
  readonly nodes: readonly SwarmNode[]
  readonly kind: ClusterKind
  /** Why it is taken for that kind. */
  readonly reason: string
}

/** Rejects with ENV-MISSING where the daemon is in no Swarm, or may not steer the one it is in. */
export async function openCluster(daemon: Daemon): Promise<SwarmCluster> {
  if (daemon.swarm !== 'manager') throw noManager(daemon)
  const info = (await daemon.api.info()) as { Swarm: { NodeID: string } }
  const found = (await daemon.api.listNodes()) as unknown as NodeAnswer[]
  return {
    daemon,
    nodeId: info.Swarm.NodeID,
    nodes: found.map(toNode),
    ...kindFrom(daemon.isHere ? ipvsHere() : 'unknown'),
  }
}

interface NodeAnswer {
  readonly ID: string
  readonly Spec: {
    readonly Role: string
    readonly Availability: string
    readonly Labels?: Readonly<Record<string, string>>
  }
  readonly Description: { readonly Hostname: string; readonly Resources: { readonly NanoCPUs: number } }
  readonly Status: { readonly State: string; readonly Addr?: string }
  readonly ManagerStatus?: { readonly Addr?: string }
}

const toNode = ({ ID, Spec, Description, Status, ManagerStatus }: NodeAnswer): SwarmNode => ({
  id: ID,
  hostname: Description.Hostname,
  state: Status.State,
  availability: Spec.Availability,
  isManager: Spec.Role === 'manager',
  cpus: Description.Resources.NanoCPUs / 1e9,
  // A manager does not see itself from outside: there its own word counts.
  address: ManagerStatus?.Addr?.replace(/:\d+$/, '') ?? Status.Addr ?? '',
  labels: Spec.Labels ?? {},
})

function noManager({ swarm, host }: Daemon): EnvironmentError {
  if (swarm === 'inactive') {
    const text = `The Docker daemon at ${host} is part of no Swarm.`
    const remedy = `Make it one of its own, reachable from this machine only: add --init-swarm, or run: ${initCommand}`
    return new EnvironmentError('ENV-MISSING', 'swarm', text, remedy)
  }
  const text = `The Docker daemon at ${host} cannot steer its Swarm: its state there is "${swarm}".`
  const remedy = 'Name the daemon of a manager in DOCKER_HOST (`docker node ls` works there).'
  return new EnvironmentError('ENV-MISSING', 'swarm', text, remedy)
}

/** IP virtual server: what Swarm's virtual IPs and its ingress mesh are made of. */
type Ipvs = { readonly state: 'there' | 'missing'; readonly evidence: string } | 'unknown'

export function kindFrom(ipvs: Ipvs): Pick<SwarmCluster, 'kind' | 'reason'> {
  if (ipvs === 'unknown')
    return {
      kind: 'dns-round-robin',
      reason: 'the kernel of the nodes cannot be looked at from here, and DNS round robin works with every one',
    }
  if (ipvs.state === 'there') return { kind: 'virtual-ip', reason: `the kernel has IPVS (${ipvs.evidence})` }
  return {
    kind: 'dns-round-robin',
    reason: `the kernel lacks IPVS (${ipvs.evidence}), without which a virtual IP answers nobody`,
  }
}

interface KernelFiles {
  readonly exists: (path: string) => boolean
  /** Undefined where it cannot be read. */
  readonly read: (path: string) => string | undefined
  readonly release: string
}

const thisMachine: KernelFiles = {
  exists: existsSync,
  read: (path) => {
    try {
      const bytes = readFileSync(path)
      return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1')
    } catch {
      return undefined
    }
  },
  release: release(),
}

/** Swarm says nothing when IPVS is missing: a task runs, and its virtual IP times out. So the kernel is asked. */
export function ipvsHere(files: KernelFiles = thisMachine): Ipvs {
  const there = (evidence: string) => ({ state: 'there', evidence }) as const
  if (files.exists('/proc/net/ip_vs')) return there('/proc/net/ip_vs is there')
  const folder = `/lib/modules/${files.release}`
  for (const list of ['modules.builtin', 'modules.dep'])
    if (files.read(`${folder}/${list}`)?.includes('/ip_vs.ko')) return there(`${list} names ip_vs`)
  const config = files.read('/proc/config.gz') ?? files.read(`/boot/config-${files.release}`)
  if (config !== undefined) {
    if (/^CONFIG_IP_VS=y$/m.test(config)) return there('its configuration has CONFIG_IP_VS=y')
    const why = /^CONFIG_IP_VS=m$/m.test(config) ? 'no module ip_vs is installed' : 'CONFIG_IP_VS is not set'
    return { state: 'missing', evidence: why }
  }
  return files.exists(folder) ? { state: 'missing', evidence: `no module ip_vs in ${folder}` } : 'unknown'
}
