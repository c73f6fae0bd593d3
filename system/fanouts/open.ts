import type { Fanout } from './fanout.ts'
import { type LogFanoutParts, openLogFanout } from './log.ts'
import { openMemoryFanout } from './memory.ts'

/** Opens the fan-out an edition names. */
export function openFanout(kind: 'memory' | 'log', parts: LogFanoutParts | undefined): Fanout {
  if (kind === 'memory') return openMemoryFanout()
  if (parts === undefined) throw new TypeError('fan-out `log` needs an edition with a log')
  return openLogFanout(parts)
}
