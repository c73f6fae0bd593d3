/** Which nodes keep the data and meet the clients. */
import { EnvironmentError } from '../component.ts'
import type { Cluster } from '../stack/render.ts'
import type { SwarmCluster, SwarmNode } from './cluster.ts'

export interface Places {
  readonly pins: Cluster['pins']
  /** Where published ports are reached. */
  readonly address: string
  /** Ids of the nodes without which there is no data, or no way in. */
  readonly keepers: readonly string[]
}

const loopback = '127.0.0.1'
const labelOf = (place: keyof Cluster['pins']) => `chat.${place}`

/**
 * With one node both are that one, reached on loopback. With several they are the nodes labelled `chat.state=true` and
 * `chat.edge=true`, or the one whose daemon we talk to. Rejects with ENV-START where several have such a label: data
 * does not move with a task.
 */
export function placesOf({ nodes, nodeId }: Pick<SwarmCluster, 'nodes' | 'nodeId'>): Places {
  const pin = 'node.role == manager'
  if (nodes.length === 1) return { pins: { state: pin, edge: pin }, address: loopback, keepers: [nodeId] }
  const here = nodes.find(({ id }) => id === nodeId)!
  const state = placeOf('state', nodes, here)
  const edge = placeOf('edge', nodes, here)
  const keepers = [state.node.id, edge.node.id]
  return { pins: { state: state.pin, edge: edge.pin }, address: edge.node.address, keepers }
}

function placeOf(place: keyof Cluster['pins'], nodes: readonly SwarmNode[], here: SwarmNode) {
  const label = labelOf(place)
  const labelled = nodes.filter(({ labels }) => labels[label] === 'true')
  if (labelled.length > 1) {
    const text = `The label ${label}=true is on ${labelled.map(({ hostname }) => hostname).join(', ')}; one node can have it.`
    const remedy = `Take it from the others: docker node update --label-rm ${label} <node>`
    throw new EnvironmentError('ENV-START', 'stack', text, remedy)
  }
  const [node] = labelled
  return node === undefined
    ? { node: here, pin: `node.id == ${here.id}` }
    : { node, pin: `node.labels.${label} == true` }
}
