import type { Panel } from '../../board.ts'
import { of, sumRate } from '../../query.ts'

const needs = ['figures of Redis'] as const

/** What the Redis of fan-out and cache says of itself. */
export const redisPanels: readonly Panel[] = [
  {
    title: 'Commands of Redis',
    about: 'Publishes of the relay and reads and writes of the cache; it runs one at a time.',
    unit: '1/s',
    needs,
    lines: [{ expr: sumRate('redis_commands_processed_total'), name: 'commands', look: 'plain' }],
  },
  {
    title: 'What Redis holds',
    about: 'Bytes: at the limit keys make room; what waits for slow subscribers counts too.',
    unit: 'bytes',
    needs,
    lines: [
      { expr: `redis_memory_used_bytes${of()}`, name: 'used', look: 'acked' },
      { expr: `redis_memory_max_bytes${of()}`, name: 'limit', look: 'limit' },
    ],
  },
  {
    title: 'Channels of Redis with a subscriber',
    about: 'A room each with `--fanout=redis`, one in all with `redis-single`.',
    unit: 'count',
    needs,
    lines: [{ expr: `sum(redis_pubsub_channels${of()})`, name: 'channels', look: 'plain' }],
  },
  {
    title: 'Keys of Redis that made room',
    about: 'Above 0 the cache is smaller than what is asked of it.',
    unit: '1/s',
    needs,
    lines: [{ expr: sumRate('redis_evicted_keys_total'), name: 'evicted', look: 'errors' }],
  },
  {
    title: 'Traffic of Redis',
    about: 'Each message goes in once and out to every gateway that has a member.',
    unit: 'bytes/s',
    needs,
    lines: [
      { expr: sumRate('redis_net_input_bytes_total'), name: 'in', look: 'written' },
      { expr: sumRate('redis_net_output_bytes_total'), name: 'out', look: 'read' },
    ],
  },
]
