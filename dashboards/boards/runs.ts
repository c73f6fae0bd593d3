import type { Board } from '../board.ts'
import { ofRuns, quantile, rate, sumRate } from '../query.ts'

const each = '{{run}}'

export const runs: Board = {
  uid: 'chat-runs',
  title: 'Chat lab: runs side by side',
  about: 'How do runs differ? For a judgement with intervals use npm run compare: here are only lines.',
  manyRuns: true,
  panels: [
    {
      title: 'Offered load',
      about: 'Runs of different loads are not comparable.',
      unit: 'messages/s',
      lines: [{ expr: `lab_offered_messages_per_second${ofRuns()}`, name: each }],
    },
    {
      title: 'Messages acked',
      about: 'Below the offered load: not taken.',
      unit: 'messages/s',
      lines: [{ expr: rate('lab_messages_acked_total', ofRuns()), name: each }],
    },
    {
      title: 'Delivery latency, p50',
      about: 'At the receivers, each second by itself.',
      unit: 'seconds',
      scale: 'log',
      lines: [{ expr: `lab_delivery_latency_seconds${ofRuns({ quantile: '0.5' })}`, name: each }],
    },
    {
      title: 'Delivery latency, p99',
      about: 'At the receivers, each second by itself.',
      unit: 'seconds',
      scale: 'log',
      lines: [{ expr: `lab_delivery_latency_seconds${ofRuns({ quantile: '0.99' })}`, name: each }],
    },
    {
      title: 'Delivery latency inside the system, p99.9',
      about: 'From histograms, so about.',
      unit: 'seconds',
      scale: 'log',
      lines: [{ expr: quantile(0.999, 'chat_delivery_seconds', ofRuns(), 'run'), name: each }],
    },
    {
      title: 'Backlog',
      about: 'Accepted and not yet stored.',
      unit: 'count',
      lines: [{ expr: `lab_backlog_messages${ofRuns()}`, name: each }],
    },
    {
      title: 'CPU a message',
      about: "The system's processes, without the generator: CPU seconds for each acked message.",
      unit: 'seconds',
      scale: 'log',
      lines: [
        {
          expr: `${sumRate('process_cpu_seconds_total', ofRuns({ job: 'chat' }), 'run')} / ${sumRate('lab_messages_acked_total', ofRuns(), 'run')}`,
          name: each,
        },
      ],
    },
    {
      title: 'Memory of the system',
      about: 'Resident, all its processes; the store and Kafka have boards of their own.',
      unit: 'bytes',
      lines: [{ expr: `sum by (run) (process_resident_memory_bytes${ofRuns({ job: 'chat' })})`, name: each }],
    },
    {
      title: 'Send lateness of the generator, p99',
      about: 'A run whose generator was late is no evidence.',
      unit: 'seconds',
      scale: 'log',
      lines: [{ expr: `lab_send_lateness_seconds${ofRuns({ quantile: '0.99' })}`, name: each }],
    },
  ],
}
