import { pino } from 'pino'
import { encodeDraft, topics } from '../../system/chat/record.ts'
import type { FanoutUnderTest } from '../../system/fanouts/conformance.ts'
import { openLogFanout } from '../../system/fanouts/log.ts'
import type { DurableLog } from '../../system/logs/log.ts'
import { MessageStore } from './message-store.ts'

/** A fan-out over the log as the suite wants it: nobody persists, so the store stays empty. */
export function logFanoutUnderTest(log: DurableLog, another?: () => DurableLog): FanoutUnderTest {
  const store = new MessageStore()
  const logger = pino({ level: 'silent' })
  const fanout = openLogFanout({ log, store, partitions: 4, logger })
  const logs = [log]
  return {
    fanout,
    commit: async (drafts) => {
      await log.openTopic(topics.messages, 4)
      await log.append(
        topics.messages,
        drafts.map((draft) => ({ key: draft.roomId, value: encodeDraft(draft) })),
      )
    },
    another: async () => {
      const own = another?.() ?? log
      logs.push(own)
      return openLogFanout({ log: own, store, partitions: 4, logger })
    },
    close: async () => {
      await fanout.close()
      for (const each of new Set(logs)) await each.close()
    },
  }
}
