import { EnvironmentError } from '../../compose/component.ts'
import { freePorts, portToBeFree } from '../../compose/native/ports.ts'
import type { StackPorts } from '../../compose/stack/options.ts'
import type { SwarmContext } from '../../compose/swarm/context.ts'
import { grafanaImage } from './images.ts'
import type { LaunchedObservers } from './launch.ts'
import { usualPorts } from './observe.ts'
import type { StackOptions } from './options.ts'

type AskedPorts = Pick<StackOptions, 'port' | 'operationsPort' | 'brokers'>

type Published = Omit<StackPorts, 'address'>

/** The door's are free ones: nobody but the lab's audit uses them. Rejects with ENV-PORT. */
export async function portsFor({ port, operationsPort, brokers }: AskedPorts, signal: AbortSignal): Promise<Published> {
  if (port === operationsPort) throw askedTwice('edge', port, '--operations-port')
  await portToBeFree('edge', port, signal, 0)
  await portToBeFree('edge', operationsPort, signal, 0)
  const [doorStore = 0, ...doorLogs] = await freePorts(1 + brokers)
  return { public: port, operations: operationsPort, doorStore, doorLogs }
}

type AskedObservers = Pick<StackOptions, 'images' | 'prometheusPort' | 'grafanaPort'>

/** Beside the ports that the stack has. Rejects with ENV-PORT when one that was asked for is not free. */
export async function observersFor(
  { images, prometheusPort, grafanaPort }: AskedObservers,
  ports: Published,
  context: SwarmContext,
): Promise<LaunchedObservers> {
  const taken = Object.values(ports).flat()
  const prometheus = await observerPort('prometheus', prometheusPort, taken, context.signal)
  const grafana = await grafanaImage(images, context)
  if (grafana === null) return { ports: { prometheus, grafana: null }, grafana }
  const port = await observerPort('grafana', grafanaPort, [...taken, prometheus], context.signal)
  return { ports: { prometheus, grafana: port }, grafana }
}

/** The one that was asked for, or the usual one, or any: a Prometheus of one's own is no reason to have no chat. */
export async function observerPort(
  component: keyof typeof usualPorts,
  asked: number | null,
  taken: readonly number[],
  signal: AbortSignal,
): Promise<number> {
  const wanted = asked ?? usualPorts[component]
  const problem = taken.includes(wanted)
    ? askedTwice(component, wanted, `--${component}-port`)
    : await portToBeFree(component, wanted, signal, 0).catch((error: Error) => error)
  if (!(problem instanceof Error)) return wanted
  if (asked !== null) throw problem
  const [port = 0] = await freePorts(1)
  return port
}

const askedTwice = (component: string, port: number, flag: string) =>
  new EnvironmentError('ENV-PORT', component, `Port ${port} is asked for twice.`, `Change ${flag}.`)
