import type { Logger } from 'pino'
import { topics } from '../chat/record.ts'
import type { DurableLog } from '../logs/log.ts'

/** Opens the message topic; says so where it was made with another count of partitions, for then the knob is void. */
export async function checkPartitions(log: DurableLog, wanted: number, logger: Logger): Promise<void> {
  const { partitions } = await log.openTopic(topics.messages, wanted)
  if (partitions === wanted) return
  const text = 'the topic is there with another count of partitions: that one holds, not knob partitions'
  logger.warn({ topic: topics.messages, partitions, knob: wanted }, text)
}
