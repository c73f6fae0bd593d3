import type { Board } from '../board.ts'
import { of, quantile, sumRate } from '../query.ts'
import { brokerPanels } from './engines/kafka.ts'
import { resourcesOf } from './resources.ts'

export const kafka: Board = {
  uid: 'chat-kafka',
  title: 'Chat lab: Kafka',
  about: 'Is the log ahead of its readers, and how long does it hold a message up?',
  panels: [
    {
      title: 'Lag of the persister',
      about: 'Log end less committed offset.',
      unit: 'count',
      needs: ['log'],
      lines: [{ expr: `sum(chat_persist_lag_messages${of()})`, name: 'lag', look: 'backlog' }],
    },
    {
      title: 'Into the log and out of it',
      about: 'Acked is in the log; stored has been read from it and written.',
      unit: 'messages/s',
      needs: ['log'],
      lines: [
        { expr: sumRate('chat_accepted_total'), name: 'acked', look: 'acked' },
        { expr: sumRate('chat_persisted_total'), name: 'stored', look: 'written' },
      ],
    },
    {
      title: 'Durable: the append to the log',
      about: 'SEND read to acknowledged by the brokers.',
      unit: 'seconds',
      scale: 'log',
      needs: ['log'],
      lines: [
        { expr: quantile(0.5, 'chat_stage_seconds', of({ stage: 'durable' })), name: 'p50', look: 'p50' },
        { expr: quantile(0.99, 'chat_stage_seconds', of({ stage: 'durable' })), name: 'p99', look: 'p99' },
      ],
    },
    {
      title: 'Fan-out: read back by the gateways',
      about: 'Durable to picked up by the gateway that writes it to its sockets.',
      unit: 'seconds',
      scale: 'log',
      needs: ['log'],
      lines: [
        { expr: quantile(0.5, 'chat_stage_seconds', of({ stage: 'fanout' })), name: 'p50', look: 'p50' },
        { expr: quantile(0.99, 'chat_stage_seconds', of({ stage: 'fanout' })), name: 'p99', look: 'p99' },
      ],
    },
    ...resourcesOf('Kafka', 'kafka.*', ['log']),
    ...brokerPanels,
  ],
}
