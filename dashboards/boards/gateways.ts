import type { Board } from '../board.ts'
import { of, rate, sumRate } from '../query.ts'
import { redisPanels } from './engines/redis.ts'
import { resourcesOf } from './resources.ts'

const gateway = of({ role: '=~.*gateway.*' })
const each = '{{instance}}'

export const gateways: Board = {
  uid: 'chat-gateways',
  title: 'Chat lab: gateways',
  about: 'Is the work spread, is a gateway at its end?',
  panels: [
    {
      title: 'Open sockets',
      about: 'A process that runs several gateways counts them together.',
      unit: 'count',
      lines: [{ expr: `chat_connections${of()}`, name: each }],
    },
    {
      title: 'Spread of the sockets',
      about: 'Fullest process against the mean: 100 % is even.',
      unit: 'ratio',
      needs: ['several gateways'],
      lines: [{ expr: `max(chat_connections${of()}) / avg(chat_connections${of()})`, name: 'fullest', look: 'plain' }],
    },
    {
      title: 'Frames read',
      about: 'STOMP frames from clients.',
      unit: '1/s',
      lines: [{ expr: rate('chat_frames_in_total'), name: each }],
    },
    {
      title: 'Frames written',
      about: 'STOMP frames to clients: a message to a room of five is five of them.',
      unit: '1/s',
      lines: [{ expr: rate('chat_frames_out_total'), name: each }],
    },
    {
      title: 'Messages accepted',
      about: 'Answered as durable.',
      unit: 'messages/s',
      lines: [{ expr: sumRate('chat_accepted_total', of(), 'instance'), name: each }],
    },
    {
      title: 'Gateways under back-pressure',
      about: 'They read no more from senders until the durable step has caught up.',
      unit: 'count',
      lines: [{ expr: `sum(chat_backpressure_active${of()})`, name: 'gateways', look: 'errors' }],
    },
    {
      title: 'Slow consumers cut off',
      about: 'Sockets closed because they read too slowly.',
      unit: '1/s',
      lines: [{ expr: rate('chat_slow_consumer_total'), name: each }],
    },
    {
      title: 'Event loop lateness, p99',
      about: 'How late the loop was: above the objective of a delivery, the process is at its end.',
      unit: 'seconds',
      scale: 'log',
      lines: [{ expr: `nodejs_eventloop_lag_p99_seconds${gateway}`, name: each }],
    },
    {
      title: 'CPU',
      about: 'Cores; a gateway has one event loop, so 1 is nearly all it can use.',
      unit: 'cores',
      lines: [{ expr: rate('process_cpu_seconds_total', gateway), name: each }],
    },
    {
      title: 'Garbage collection',
      about: 'Cores spent in it.',
      unit: 'cores',
      lines: [{ expr: sumRate('nodejs_gc_duration_seconds_sum', gateway, 'instance'), name: each }],
    },
    {
      title: 'Memory',
      about: 'Resident.',
      unit: 'bytes',
      lines: [{ expr: `process_resident_memory_bytes${gateway}`, name: each }],
    },
    {
      title: 'JavaScript heap',
      about: 'Used: a floor that rises from collection to collection is a leak.',
      unit: 'bytes',
      lines: [{ expr: `nodejs_heap_size_used_bytes${gateway}`, name: each }],
    },
    ...resourcesOf('Redis', 'redis.*', ['redis']),
    ...redisPanels,
  ],
}
