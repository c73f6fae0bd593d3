/** The JMX exporter of Prometheus, as an agent in the JVM of an engine: a page on loopback of what its settings name. */
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { EngineFigures, JvmEngine } from '../../component.ts'
import type { Recipe } from '../../provision/cache.ts'
import type { ProvisionContext } from '../../provision/context.ts'
import { type Artifact, fetchLibrary } from '../../provision/maven.ts'
import type { ComponentContext } from '../driver.ts'

/** The newest that the registry this was written with had (1.4 and later were not there); its libraries are inside. */
const VERSION = '1.0.1'
const JAR: Artifact = {
  path: `io/prometheus/jmx/jmx_prometheus_javaagent/${VERSION}/jmx_prometheus_javaagent-${VERSION}.jar`,
  bytes: 2_886_599,
  sha256: '7d61f737fd661610ccc14aea79764faa1ea94a340cbc8f0029b3d2edea3d80c1',
}

export const AGENT_JAR = basename(JAR.path)

export const agentRecipe = (context: ProvisionContext): Recipe => ({
  name: 'jmx-agent',
  version: VERSION,
  key: JAR.sha256,
  needBytes: 3 * JAR.bytes,
  make: async (folder, fetched, signal) => {
    const roots = [`io.prometheus.jmx:jmx_prometheus_javaagent:${VERSION}`]
    const library = { component: 'jmx-agent', roots, artifacts: [JAR] }
    for (const source of await fetchLibrary(library, folder, { ...context, signal })) fetched(source)
  },
})

/** What the agent asks its JVM for, and what it calls it. */
export const agentSettings = (engine: JvmEngine): string =>
  fileURLToPath(new URL(`../${engine}/figures.yaml`, import.meta.url))

export const agentFlag = (jar: string, address: string, settings: string): string =>
  `-javaagent:${jar}=${address}:${settings}`

/** What a start with an agent differs in; nothing where no figures are wanted. */
export interface Exposure {
  readonly flags: readonly string[]
  readonly figures?: EngineFigures
}

/**
 * Says for a port what makes the engine's JVM expose its figures there. An agent that is not to be had is no reason not
 * to start: the figures are missing then. Rejects with the signal's reason.
 */
export async function agentOf(engine: JvmEngine, context: ComponentContext): Promise<(port: number) => Exposure> {
  if (!context.withFigures) return () => ({ flags: [] })
  try {
    const jar = join(await context.cache.entry(agentRecipe(context), context.signal), AGENT_JAR)
    return (port) => {
      const page = `127.0.0.1:${port}`
      return { flags: [agentFlag(jar, page, agentSettings(engine))], figures: { engine, page } }
    }
  } catch (error) {
    context.signal.throwIfAborted()
    const missing = (error as Error).message
    return () => ({ flags: [], figures: { engine, missing } })
  }
}
