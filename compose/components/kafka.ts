/** Kafka: given by KAFKA_URL (or KAFKA_BOOTSTRAP), else one node provisioned from Maven artefacts. */
import { randomBytes } from 'node:crypto'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Availability, EnvironmentError, type RunningComponent, type RunningProcess } from '../component.ts'
import { waitForLine } from '../native/logs.ts'
import { freePorts, portToBeFree } from '../native/ports.ts'
import type { Environment } from '../native/programs.ts'
import type { ProvisionContext } from '../provision/context.ts'
import { mavenSource } from '../provision/maven.ts'
import type { ComponentContext, Driver, Launched } from './driver.ts'
import { agentOf, type Exposure } from './java/agent.ts'
import { JAVA_DISK_BYTES, JAVA_DOWNLOAD_BYTES, javaRuntime } from './java.ts'
import {
  BROKER_MEMORY,
  isStarted,
  KAFKA_VERSION,
  metaProperties,
  type NodePorts,
  serverProperties,
  versionInLog,
} from './kafka/configuration.ts'
import {
  type Distribution,
  KAFKA_DISK_BYTES,
  KAFKA_DOWNLOAD_BYTES,
  kafkaDistribution,
  kafkaInCache,
} from './kafka/distribution.ts'
import { askBroker, firstAnswer } from './kafka/probe.ts'

const NAME = 'kafka'
const READY_TIMEOUT_MS = 90_000
const STOP_GRACE_MS = 15_000
/** Somebody may take a free port before the broker does. */
const START_TRIES = 3
const PREPARE_SECONDS = 25

export const kafka: Driver = { name: NAME, givenBy: ['KAFKA_URL', 'KAFKA_BOOTSTRAP'], availability, start }

/** `host:port` list of the environment, without a scheme; null when none is given. */
function givenBootstrap(env: Environment): string[] | null {
  const given = env.KAFKA_URL ?? env.KAFKA_BOOTSTRAP
  if (!given) return null
  return given
    .replace(/^kafka:\/\//, '')
    .split(',')
    .map((broker) => broker.trim())
    .filter(Boolean)
}

async function availability(context: ProvisionContext): Promise<Availability> {
  const given = givenBootstrap(context.env)
  if (given) return givenAvailability(given)
  const java = await javaRuntime(context).catch((error: EnvironmentError) => error)
  if (java instanceof Error) return { name: NAME, state: 'missing', detail: `${java.message} ${java.remedy}` }
  const inCache = await kafkaInCache(java, context)
  const onJava = `Kafka ${KAFKA_VERSION} on Java ${java.version} (${java.origin})`
  if (inCache === 'all') return { name: NAME, state: 'cached', detail: onJava }
  const source = await mavenSource(context.env)
  if (!source && inCache === 'nothing') {
    const detail = 'Install Maven (mvn), or name a Maven repository in MAVEN_REPOSITORY_URL, or set KAFKA_URL.'
    return { name: NAME, state: 'missing', detail }
  }
  const registry = source?.kind === 'mvn' ? 'by Maven' : 'from the configured Maven repository'
  const ofWheel = (bytes: number) => (java.origin === 'wheel' ? bytes : 0)
  return {
    name: NAME,
    state: 'to-provision',
    detail: inCache === 'libraries' ? `${onJava}, its libraries cached` : `${onJava}, ${registry}`,
    downloadBytes: (inCache === 'libraries' ? 0 : KAFKA_DOWNLOAD_BYTES) + ofWheel(JAVA_DOWNLOAD_BYTES),
    diskBytes: KAFKA_DISK_BYTES + ofWheel(JAVA_DISK_BYTES),
    buildSeconds: PREPARE_SECONDS,
  }
}

async function givenAvailability(bootstrap: readonly string[]): Promise<Availability> {
  try {
    const { component } = await startGiven(bootstrap)
    return { name: NAME, state: 'given', detail: `${component.publicUrl}: ${component.identity.details}` }
  } catch (error) {
    return { name: NAME, state: 'missing', detail: (error as EnvironmentError).message }
  }
}

async function start(context: ComponentContext): Promise<Launched> {
  const given = givenBootstrap(context.env)
  if (given) return startGiven(given)
  const distribution = await kafkaDistribution(await javaRuntime(context), context)
  const expose = await agentOf(NAME, context)
  for (let attempt = 1; ; attempt += 1) {
    const [broker = 0, controller = 0, page = 0] = await freePorts(3)
    const node = { broker, controller, page, exposure: expose(page) }
    try {
      await format(node, distribution, context)
      return await launch(node, distribution, context)
    } catch (error) {
      const portTaken = error instanceof EnvironmentError && error.code === 'ENV-PORT'
      if (!portTaken || attempt === START_TRIES) throw error
    }
  }
}

async function startGiven(bootstrap: readonly string[]): Promise<Launched> {
  const answer = await askBroker(bootstrap).catch((error: Error) => {
    const text = `No Kafka answers at ${bootstrap.join(', ')}: ${error.message}`
    const remedy = 'Check KAFKA_URL and that the brokers run; without KAFKA_URL the lab starts a Kafka of its own.'
    throw new EnvironmentError('ENV-UNREACHABLE', NAME, text, remedy, [], { cause: error })
  })
  const url = bootstrap.join(',')
  const level = answer.metadataVersion === null ? 'no metadata.version' : `metadata.version ${answer.metadataVersion}`
  const details = `ApiVersions tells ${level} and no release; ${answer.brokers} broker(s), cluster ${answer.clusterId}`
  const identity = { product: 'Apache Kafka', version: 'not told over the wire', details }
  const component: RunningComponent = { name: NAME, url, publicUrl: url, identity, origin: 'given', processes: [] }
  const launched: Launched = { component, again: async () => startGiven(bootstrap) }
  return launched
}

/** 16 random bytes as Kafka writes its ids. */
const newId = (): string => randomBytes(16).toString('base64url').replace(/^-/, 'A')

/** Makes a log folder as `kafka-storage format` would, from the one that was formatted when Kafka was provisioned. */
async function format(ports: NodePorts, distribution: Distribution, context: ComponentContext): Promise<void> {
  const logDir = join(context.dataDir, 'log')
  await mkdir(logDir, { recursive: true })
  await writeFile(join(context.dataDir, 'server.properties'), serverProperties(ports, logDir))
  await writeFile(join(logDir, 'meta.properties'), metaProperties(newId(), newId()))
  await copyFile(distribution.bootstrapCheckpoint, join(logDir, 'bootstrap.checkpoint'))
}

/** The same after every restart. */
interface Node extends NodePorts {
  /** Of its figures, where they are wanted. */
  readonly page: number
  readonly exposure: Exposure
}

async function launch(node: Node, distribution: Distribution, context: ComponentContext): Promise<Launched> {
  const url = `127.0.0.1:${node.broker}`
  let version = 'unknown'
  const ready = async (process: RunningProcess, signal: AbortSignal) => {
    version = versionInLog(await waitForLine(process, (line) => versionInLog(line) !== null, signal)) ?? version
    await waitForLine(process, isStarted, signal)
    await firstAnswer(url, signal)
  }
  const process = await context.spawn({
    name: NAME,
    command: distribution.java,
    args: [...node.exposure.flags, ...distribution.arguments, join(context.dataDir, 'server.properties')],
    env: {},
    cwd: context.dataDir,
    ready,
    readyTimeoutMs: READY_TIMEOUT_MS,
    graceMs: STOP_GRACE_MS,
  })
  const identity = { product: 'Apache Kafka', version, details: 'KRaft, one node; version as the broker logs it' }
  const component: RunningComponent = {
    name: NAME,
    url,
    publicUrl: url,
    identity,
    origin: 'provisioned',
    processes: [process],
    memory: BROKER_MEMORY,
    ...(node.exposure.figures && { figures: node.exposure.figures }),
  }
  const again = async (): Promise<Launched> => {
    await process.stop()
    // A port that opens is no readiness, and one that is still open belongs to the broker that was killed.
    for (const port of [node.broker, node.controller, node.page]) await portToBeFree(NAME, port, context.signal)
    return launch(node, distribution, context)
  }
  return { component, again }
}
