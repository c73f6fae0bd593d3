import type { DurableLog } from '../../system/logs/log.ts'

/** The log with some of its calls replaced. */
export function withCalls(log: DurableLog, calls: Partial<DurableLog>): DurableLog {
  const asked: DurableLog = {
    guarantees: log.guarantees,
    identity: () => log.identity(),
    openTopic: (...args) => log.openTopic(...args),
    append: (...args) => log.append(...args),
    tail: (...args) => log.tail(...args),
    consume: (...args) => log.consume(...args),
    endOffsets: (...args) => log.endOffsets(...args),
    committedOffsets: (...args) => log.committedOffsets(...args),
    close: () => log.close(),
  }
  return { ...asked, ...calls }
}
