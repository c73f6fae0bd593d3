/** Cassandra: given by CASSANDRA_CONTACT_POINTS, else one node provisioned from Maven artefacts. */
import { type Availability, EnvironmentError, type RunningComponent, type RunningProcess } from '../component.ts'
import { waitForLine } from '../native/logs.ts'
import { freePorts, portToBeFree } from '../native/ports.ts'
import type { ProvisionContext } from '../provision/context.ts'
import { mavenSource } from '../provision/maven.ts'
import { type CassandraAddress, givenAddress, urlOf } from './cassandra/address.ts'
import {
  CASSANDRA_VERSION,
  DATA_CENTER,
  folderFlags,
  isStarted,
  MAIN_CLASS,
  NEWEST_JAVA,
  NODE_MEMORY,
  type NodePorts,
} from './cassandra/configuration.ts'
import {
  CASSANDRA_BYTES,
  cassandraDistribution,
  cassandraRecipe,
  type Distribution,
  prepareFolder,
} from './cassandra/distribution.ts'
import { makeManagement, managementFlags, nodeTool, replacedFilesGone } from './cassandra/management.ts'
import { askNode, firstAnswer, type NodeAnswer } from './cassandra/probe.ts'
import type { ComponentContext, Driver, Launched } from './driver.ts'
import { agentOf, type Exposure } from './java/agent.ts'
import { JAVA_DISK_BYTES, JAVA_DOWNLOAD_BYTES, javaRuntime } from './java.ts'

const NAME = 'cassandra'
const GIVEN_TIMEOUT_MS = 5_000
const READY_TIMEOUT_MS = 120_000
const STOP_GRACE_MS = 20_000
/** Somebody may take a free port before the node does. */
const START_TRIES = 3
const UNPACK_SECONDS = 5
const REPLACED_FILES_MS = 60_000

export const cassandra: Driver = { name: NAME, givenBy: ['CASSANDRA_CONTACT_POINTS'], availability, start }

async function availability(context: ProvisionContext): Promise<Availability> {
  if (context.env.CASSANDRA_CONTACT_POINTS) return givenAvailability(context)
  const java = await javaRuntime(context, NEWEST_JAVA).catch((error: EnvironmentError) => error)
  if (java instanceof Error) return { name: NAME, state: 'missing', detail: `${java.message} ${java.remedy}` }
  const onJava = `Cassandra ${CASSANDRA_VERSION} on Java ${java.version} (${java.origin})`
  if (await context.cache.has(cassandraRecipe(context))) return { name: NAME, state: 'cached', detail: onJava }
  const source = await mavenSource(context.env)
  if (!source) {
    const instead = 'or set CASSANDRA_CONTACT_POINTS.'
    const detail = `Install Maven (mvn), or name a Maven repository in MAVEN_REPOSITORY_URL, ${instead}`
    return { name: NAME, state: 'missing', detail }
  }
  const registry = source.kind === 'mvn' ? 'by Maven' : 'from the configured Maven repository'
  const ofWheel = (bytes: number) => (java.origin === 'wheel' ? bytes : 0)
  return {
    name: NAME,
    state: 'to-provision',
    detail: `${onJava}, ${registry}`,
    downloadBytes: CASSANDRA_BYTES + ofWheel(JAVA_DOWNLOAD_BYTES),
    diskBytes: CASSANDRA_BYTES + ofWheel(JAVA_DISK_BYTES),
    buildSeconds: UNPACK_SECONDS,
  }
}

async function givenAvailability({ env }: ProvisionContext): Promise<Availability> {
  try {
    const { identity, publicUrl } = (await startGiven(givenAddress(env)!)).component
    return { name: NAME, state: 'given', detail: `${publicUrl}: ${identity.product} ${identity.version}` }
  } catch (error) {
    return { name: NAME, state: 'missing', detail: (error as EnvironmentError).message }
  }
}

async function start(context: ComponentContext): Promise<Launched> {
  const given = givenAddress(context.env)
  if (given) {
    if (given.credentials) context.hide(given.credentials.password)
    return startGiven(given)
  }
  const distribution = await cassandraDistribution(await javaRuntime(context, NEWEST_JAVA), context)
  const expose = await agentOf(NAME, context)
  for (let attempt = 1; ; attempt += 1) {
    const [native = 0, storage = 0, management = 0, page = 0] = await freePorts(4)
    try {
      return await launch({ native, storage, management, page }, expose(page), distribution, context)
    } catch (error) {
      const portTaken = error instanceof EnvironmentError && error.code === 'ENV-PORT'
      if (!portTaken || attempt === START_TRIES) throw error
    }
  }
}

async function startGiven(address: CassandraAddress): Promise<Launched> {
  const hosts = address.contactPoints.join(', ')
  const { identity, dataCenter } = await askNode(address, GIVEN_TIMEOUT_MS).catch((error: Error) => {
    const text = `No Cassandra answers at ${hosts} within ${GIVEN_TIMEOUT_MS / 1000} s: ${error.message}`
    const remedy =
      'Check CASSANDRA_CONTACT_POINTS, CASSANDRA_USERNAME and that the node runs; without them the lab starts its own.'
    throw new EnvironmentError('ENV-UNREACHABLE', NAME, text, remedy)
  })
  const component = componentOf({ dataCenter, ...defined(address) }, identity, 'given', [])
  return { component, again: () => startGiven(address) }
}

/** Where the environment names no data center, the node's own stays. */
function defined({ dataCenter, ...rest }: CassandraAddress) {
  return dataCenter === undefined ? rest : { dataCenter, ...rest }
}

function componentOf(
  address: CassandraAddress,
  identity: NodeAnswer['identity'],
  origin: RunningComponent['origin'],
  processes: readonly RunningProcess[],
): RunningComponent {
  const publicUrl = urlOf({ ...address, credentials: undefined })
  return { name: NAME, url: urlOf(address), publicUrl, identity, origin, processes }
}

async function launch(
  ports: NodePorts & { readonly page: number },
  exposure: Exposure,
  distribution: Distribution,
  context: ComponentContext,
): Promise<Launched> {
  const { dataDir } = context
  await prepareFolder(dataDir, ports)
  const management = await makeManagement(ports.management, dataDir, context.hide)
  const address = { contactPoints: [`127.0.0.1:${ports.native}`], dataCenter: DATA_CENTER, credentials: undefined }
  let answer: NodeAnswer | undefined
  const ready = async (process: RunningProcess, signal: AbortSignal) => {
    await waitForLine(process, isStarted, signal)
    answer = await firstAnswer(address, signal)
  }
  const node = await context.spawn({
    name: NAME,
    command: distribution.java,
    args: [
      ...distribution.flags,
      ...exposure.flags,
      ...managementFlags(management),
      ...folderFlags(dataDir),
      '-cp',
      distribution.classPath,
      MAIN_CLASS,
    ],
    env: {},
    cwd: dataDir,
    ready,
    readyTimeoutMs: READY_TIMEOUT_MS,
    graceMs: STOP_GRACE_MS,
  })
  const tool = (...command: string[]) => nodeTool(management, distribution, command, context)
  const component: RunningComponent = {
    ...componentOf(address, answer!.identity, 'provisioned', [node]),
    memory: NODE_MEMORY,
    ...(exposure.figures && { figures: exposure.figures }),
    settle: () => tool('flush'),
    compact: async (keyspace) => {
      await tool('compact', '--', keyspace)
      await replacedFilesGone(dataDir, AbortSignal.any([context.signal, AbortSignal.timeout(REPLACED_FILES_MS)]))
    },
  }
  const again = async (): Promise<Launched> => {
    await node.stop()
    // A port that is still open belongs to the node that was killed.
    for (const port of Object.values(ports)) await portToBeFree(NAME, port, context.signal)
    return launch(ports, exposure, distribution, context)
  }
  return { component, again }
}
