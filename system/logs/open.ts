import { readKafkaUrl, whoIs } from './kafka/address.ts'
import { KafkaLog } from './kafka/kafka.ts'
import type { DurableLog } from './log.ts'
import { openMemoryLog } from './memory.ts'

export interface LogAddress {
  /**
   * `kafka://host:port[,host:port][/prefix]`; not used for memory. With a prefix topic `t` is the brokers'
   * `prefix.t` and group `g` their `prefix.g`: systems of different prefixes do not see each other.
   */
  readonly url?: string
  /** Names this process to the brokers. */
  readonly nodeId: string
  /**
   * The same for a process that is started in the place of another, and without a slash: what a killed one left in a
   * group is then taken over at once. Undefined: the group waits until the dead member's session has run out.
   */
  readonly instanceId?: string
  /** How long a member that is not heard of keeps its partitions; 6 s by default. */
  readonly sessionMs?: number
}

/** Opens the log an edition names. Opening connects lazily: the first call says whether the brokers are there. Throws with what to write instead. */
export function openLog(kind: 'memory' | 'kafka', address: LogAddress): DurableLog {
  if (kind === 'memory') return openMemoryLog()
  const read = readKafkaUrl(address.url ?? '')
  if (read === undefined)
    throw new TypeError(`log address ${address.url ?? '(none)'}: write kafka://host:port[,host:port][/prefix]`)
  return new KafkaLog({ ...read, ...whoIs(address.nodeId, address.instanceId), sessionMs: address.sessionMs })
}
