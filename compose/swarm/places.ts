/** Which nodes keep the data and meet the clients. */
import { EnvironmentError } from '../component.ts'
import type { Cluster } from '../stack/render.ts'
import type { Place } from '../stack/spec.ts'
import type { SwarmCluster, SwarmNode } from './cluster.ts'

export interface Places {
  readonly pins: Cluster['pins']
  /** Where published ports are reached. */
  readonly address: string
  /** Ids of the nodes without which there is no data, or no way in. */
  readonly keepers: readonly string[]
}

const loopback = '127.0.0.1'
const labelOf = (place: Place) => `chat.${place}`

/**
 * With one node all are that one, reached on loopback. With several they are the nodes labelled `chat.state=true` and
 * `chat.edge=true`, or the one whose daemon we talk to; copies of the data go to other nodes by name, or to those that are
 * labelled `chat.state-2=true` and `chat.state-3=true`. Rejects with ENV-START where several have such a label: data does
 * not move with a task.
 */
export function placesOf({ nodes, nodeId }: Pick<SwarmCluster, 'nodes' | 'nodeId'>): Places {
  const pin = 'node.role == manager'
  if (nodes.length === 1)
    return {
      pins: { state: pin, 'state-2': pin, 'state-3': pin, edge: pin },
      address: loopback,
      keepers: [nodeId],
    }
  const here = nodes.find(({ id }) => id === nodeId)!
  const state = placeOf('state', nodes, here)
  const edge = placeOf('edge', nodes, here)
  const [second = state.node, third = second] = nodes
    .filter((node) => node.id !== state.node.id && node.state === 'ready' && node.availability === 'active')
    .sort((a, b) => a.hostname.localeCompare(b.hostname))
  const copies = {
    'state-2': placeOf('state-2', nodes, second).pin,
    'state-3': placeOf('state-3', nodes, third).pin,
  }
  const keepers = [state.node.id, edge.node.id]
  return { pins: { state: state.pin, ...copies, edge: edge.pin }, address: edge.node.address, keepers }
}

/** The labelled node, else `usual`. */
function placeOf(place: Place, nodes: readonly SwarmNode[], usual: SwarmNode) {
  const label = labelOf(place)
  const labelled = nodes.filter(({ labels }) => labels[label] === 'true')
  if (labelled.length > 1) {
    const text = `The label ${label}=true is on ${labelled.map(({ hostname }) => hostname).join(', ')}; one node can have it.`
    const remedy = `Take it from the others: docker node update --label-rm ${label} <node>`
    throw new EnvironmentError('ENV-START', 'stack', text, remedy)
  }
  const [node] = labelled
  return node === undefined
    ? { node: usual, pin: `node.id == ${usual.id}` }
    : { node, pin: `node.labels.${label} == true` }
}
