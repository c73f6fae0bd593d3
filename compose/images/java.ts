/** A Java runtime for images: the one the lab provisions for machines without Java, and the libraries it loads. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JvmEngine } from '../component.ts'
import { AGENT_JAR, agentFlag, agentRecipe, agentSettings } from '../components/java/agent.ts'
import { JAVA_IN_WHEEL, javaWheelRecipe } from '../components/java.ts'
import type { ProvisionContext } from '../provision/context.ts'
import { libraryEntries } from './base.ts'
import type { ImageEntry } from './image.ts'

export const javaKey = (context: ProvisionContext): string => javaWheelRecipe(context).key

export async function javaEntries(context: ProvisionContext): Promise<ImageEntry[]> {
  const wheel = await context.cache.entry(javaWheelRecipe(context), context.signal)
  return [
    ...(await libraryEntries(context)),
    { kind: 'copy', path: 'opt/java', from: join(wheel, JAVA_IN_WHEEL) },
    { kind: 'link', path: 'usr/bin/java', target: '/opt/java/bin/java' },
  ]
}

/** Where an engine's figures are when its JVM is started with `agentInImage`: on every network of its container. */
export const FIGURES_PORT = 9404
const AGENT = 'opt/jmx/agent.jar'
const SETTINGS = 'opt/jmx/figures.yaml'
export const agentInImage = agentFlag(`/${AGENT}`, `0.0.0.0:${FIGURES_PORT}`, `/${SETTINGS}`)

export const agentKey = async (engine: JvmEngine, context: ProvisionContext): Promise<string> =>
  `${agentRecipe(context).key} ${await readFile(agentSettings(engine), 'utf8')}`

export async function agentEntries(engine: JvmEngine, context: ProvisionContext): Promise<ImageEntry[]> {
  const jar = join(await context.cache.entry(agentRecipe(context), context.signal), AGENT_JAR)
  return [
    { kind: 'copy', path: AGENT, from: jar },
    { kind: 'copy', path: SETTINGS, from: agentSettings(engine) },
  ]
}
