import { EnvironmentError } from '../../../compose/component.ts'
import type { ImageChoice } from '../../../compose/images/ensure.ts'
import { freePorts } from '../../../compose/native/ports.ts'
import type { BrokerCount } from '../../../compose/stack/options.ts'
import type { SwarmCluster } from '../../../compose/swarm/cluster.ts'
import type { SwarmContext } from '../../../compose/swarm/context.ts'
import type { CacheKind, FanoutKind } from '../../../system/editions/edition.ts'
import { observerImages, stackEdition } from '../../stack/chat.ts'
import { imageSupply } from '../../stack/images.ts'
import { type LaunchedStack, launchStack } from '../../stack/launch.ts'
import { prometheusUrl } from '../../stack/observe.ts'
import type { StackBackend } from '../../stack/options.ts'
import type { RunningTarget } from '../target.ts'
import { runStack } from './place.ts'

export interface SwarmOptions {
  readonly runId: string
  readonly backend: StackBackend
  readonly fanout: FanoutKind
  readonly cache: CacheKind
  readonly gateways: number
  readonly brokers: BrokerCount
  /** Public port of the edge; 0 = any free one. */
  readonly port: number
  readonly knobs: Readonly<Record<string, number>>
  readonly images: ImageChoice
  /** Whether a Prometheus beside the chat scrapes its tasks. */
  readonly observe: boolean
  /** Where what its services said is kept. */
  readonly logDir: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Ends a start. */
  readonly signal: AbortSignal
  readonly onProgress: (step: string) => void
}

export interface LaunchedRun {
  readonly launched: LaunchedStack
  /** Absent where nobody wants it. */
  readonly scraped: RunningTarget['scraped']
}

/** Deploys the stack of a run, watched where that is wanted and can be had. Rejects with an EnvironmentError. */
export async function launchRun(
  options: SwarmOptions,
  cluster: SwarmCluster,
  context: SwarmContext,
): Promise<LaunchedRun> {
  const [operations = 0, prometheus = 0, free = 0, doorStore = 0, ...doorLogs] = await freePorts(4 + options.brokers)
  const edition = stackEdition(options.backend, options)
  const images = imageSupply(options.images, context)
  const obstacle = options.observe ? await obstacleTo(images(observerImages(edition)), context) : null
  const observe = { ports: { prometheus, grafana: null }, grafana: null }
  const isWatched = options.observe && obstacle === null
  const launched = await launchStack(
    {
      name: runStack,
      edition,
      gateways: options.gateways,
      brokers: options.brokers,
      knobs: { ...options.knobs, sendsPerSecond: 0 },
      ports: { public: options.port || free, operations, doorStore, doorLogs },
      images,
      // A port that was asked for is to be there.
      clientsHere: options.port === 0,
      run: options.runId,
      ...(isWatched && { observe }),
    },
    cluster,
    context,
  )
  if (obstacle !== null) return { launched, scraped: { obstacle } }
  return { launched, scraped: isWatched ? { url: prometheusUrl(launched.ports.address, observe.ports) } : undefined }
}

/** Why there is none of it, in a sentence; null where there is. */
async function obstacleTo(wanted: Promise<unknown>, { signal }: SwarmContext): Promise<string | null> {
  try {
    await wanted
    return null
  } catch (error) {
    if (signal.aborted || !(error instanceof EnvironmentError)) throw error
    return error.message
  }
}
