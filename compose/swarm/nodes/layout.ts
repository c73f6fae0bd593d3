/**
 * A practice cluster: nodes of a Swarm on one Linux machine. A node is a process with namespaces of its own (network,
 * mounts, process numbers, host name) and a Docker daemon in them; they meet at a bridge in one more network namespace,
 * the switch. Nothing of it is in the machine's own network, so nothing listens there, and clients run in the switch.
 */
import { createHash } from 'node:crypto'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Environment } from '../../native/programs.ts'

/** Names a practice cluster: everything it is made of is found by its folder, also when its maker was killed. */
export interface Layout {
  readonly folder: string
  /** Parent of the containers' control groups. */
  readonly cgroup: string
}

export const maxNodes = 9

/** Only in namespaces of the cluster's own, so it can be the same for all of them. */
const network = '10.99.7'
export const networkBits = 24
export const switchAddress = `${network}.1`

export const layoutOf = (folder: string): Layout => ({
  folder,
  cgroup: `chat-nodes-${createHash('sha256').update(folder).digest('hex').slice(0, 8)}`,
})

/** Where the user's own practice cluster is. */
export function usualLayout(env: Environment): Layout {
  const base = env.XDG_STATE_HOME || join(env.HOME || homedir(), '.local', 'state')
  return layoutOf(join(base, 'chat-capacity-lab', 'nodes'))
}

export const nodeName = (index: number): string => `n${index}`
export const nodeAddress = (name: string): string => `${network}.${10 + Number(name.slice(1))}`
/** Of the node's own end of the cable; the other end is in the switch. */
export const cableOf = (name: string): string => `to-${name}`
export const nodeFolder = ({ folder }: Layout, name: string): string => join(folder, name)
export const dockerHost = (layout: Layout, name: string): string =>
  `unix://${join(nodeFolder(layout, name), 'docker.sock')}`
