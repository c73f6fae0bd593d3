import { KafkaLog } from './kafka/kafka.ts'
import type { DurableLog } from './log.ts'
import { openMemoryLog } from './memory.ts'

export interface LogAddress {
  /** `kafka://host:port[,host:port]`; not used for memory. */
  readonly url?: string
  /** Names this process to the brokers. */
  readonly nodeId: string
}

/** Opens the log an edition names. Opening connects lazily: the first call says whether the brokers are there. */
export function openLog(kind: 'memory' | 'kafka', address: LogAddress): DurableLog {
  if (kind === 'memory') return openMemoryLog()
  return new KafkaLog({ brokers: brokersOf(address.url), clientId: `chat-${address.nodeId}` })
}

/** Throws with what to write instead. */
function brokersOf(url: string | undefined): string[] {
  const list = url?.match(/^kafka:\/\/([^/]+)\/?$/)?.[1]?.split(',') ?? []
  const wellFormed = list.length > 0 && list.every((broker) => /^.+:\d{1,5}$/.test(broker))
  if (!wellFormed) throw new TypeError(`log address ${url ?? '(none)'}: write kafka://host:port[,host:port]`)
  return list
}
