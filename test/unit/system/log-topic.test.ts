import assert from 'node:assert/strict'
import { test } from 'node:test'
import pino from 'pino'
import { topics } from '../../../system/chat/record.ts'
import { openMemoryLog } from '../../../system/logs/memory.ts'
import { checkPartitions } from '../../../system/wiring/log-topic.ts'

test('a topic with another count of partitions than the knob is told, one with the same is not', async () => {
  const log = openMemoryLog()
  const lines: string[] = []
  const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) })
  await checkPartitions(log, 4, logger)
  await checkPartitions(log, 4, logger)
  assert.deepEqual(lines, [])
  await checkPartitions(log, 12, logger)
  assert.equal(lines.length, 1)
  const { topic, partitions, knob } = JSON.parse(lines[0]!)
  assert.deepEqual({ topic, partitions, knob }, { topic: topics.messages, partitions: 4, knob: 12 })
})
