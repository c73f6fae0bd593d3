/** Which engines of a stack expose figures of their own, and how those with a JVM come to. */
import type { JvmEngine } from '../component.ts'
import { agentInImage } from '../images/java.ts'
import { type ChatStackOptions, imageOf } from './options.ts'

/** Images built here bring the agent along; official ones have none. */
export const hasAgent = (options: Pick<ChatStackOptions, 'images'>, engine: JvmEngine): boolean =>
  imageOf(options, engine).source === 'local'

/** The variable of an image for more flags, with the agent of a stack that is watched; nothing otherwise. */
export function agentOf(
  options: Pick<ChatStackOptions, 'images' | 'observe'>,
  engine: JvmEngine,
  variable: string,
): Record<string, string> {
  return options.observe && hasAgent(options, engine) ? { [variable]: agentInImage } : {}
}
