import type { Board, Panel } from '../board.ts'
import { mean, of, quantile, sumRate } from '../query.ts'

const stageQuantile = (q: number, name: string): Panel => ({
  title: `${name} of each stage`,
  about: 'Quantiles of stages do not add up to the quantile of the whole path: look here for which stage is slow.',
  unit: 'seconds',
  scale: 'log',
  lines: [{ expr: quantile(q, 'chat_stage_seconds', of(), 'stage'), name: '{{stage}}' }],
})

export const path: Board = {
  uid: 'chat-path',
  title: 'Chat lab: path of a message',
  about: 'In which stage does the time go?',
  panels: [
    {
      title: 'Mean path, stage by stage',
      about: 'Means add up: the stages on top of each other are the whole path of a delivered message.',
      unit: 'seconds',
      columns: 24,
      stacked: true,
      lines: [
        {
          expr: `${sumRate('chat_stage_seconds_sum', of(), 'stage')} / on () group_left () ${sumRate('chat_delivery_seconds_count')}`,
          name: '{{stage}}',
        },
      ],
    },
    {
      title: 'Mean of the whole path',
      about: 'SEND read to written to the sockets of the room.',
      unit: 'seconds',
      lines: [{ expr: mean('chat_delivery_seconds'), name: 'whole path', look: 'plain' }],
    },
    stageQuantile(0.5, 'p50'),
    stageQuantile(0.99, 'p99'),
    stageQuantile(0.999, 'p99.9'),
    {
      title: 'Taking a SEND in',
      about: 'SEND read to handed to the durable step: decoding, rights, limits.',
      unit: 'seconds',
      scale: 'log',
      lines: [
        { expr: quantile(0.5, 'chat_accept_seconds'), name: 'p50', look: 'p50' },
        { expr: quantile(0.99, 'chat_accept_seconds'), name: 'p99', look: 'p99' },
      ],
    },
    {
      title: 'RECEIPT',
      about: 'SEND read to its RECEIPT or refusal, at the gateway.',
      unit: 'seconds',
      scale: 'log',
      lines: [
        { expr: quantile(0.5, 'chat_ack_seconds'), name: 'p50', look: 'p50' },
        { expr: quantile(0.99, 'chat_ack_seconds'), name: 'p99', look: 'p99' },
        { expr: quantile(0.999, 'chat_ack_seconds'), name: 'p99.9', look: 'p99.9' },
      ],
    },
    {
      title: 'Stored',
      about: 'SEND read to stored, beside the path: no RECEIPT waits for it.',
      unit: 'seconds',
      scale: 'log',
      needs: ['persister'],
      lines: [
        { expr: quantile(0.5, 'chat_persist_seconds'), name: 'p50', look: 'p50' },
        { expr: quantile(0.99, 'chat_persist_seconds'), name: 'p99', look: 'p99' },
      ],
    },
  ],
}
