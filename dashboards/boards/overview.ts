import type { Board } from '../board.ts'
import { of, quantile, rate, sumRate } from '../query.ts'

export const overview: Board = {
  uid: 'chat-overview',
  title: 'Chat lab: overview of a run',
  about: 'Was the load taken, how long did people wait, is anything left behind?',
  panels: [
    {
      title: 'Messages: offered, sent, acked',
      about: 'Sent and acked below offered: the load was not taken.',
      unit: 'messages/s',
      columns: 24,
      lines: [
        { expr: `lab_offered_messages_per_second${of()}`, name: 'offered', look: 'offered' },
        { expr: rate('lab_messages_sent_total'), name: 'sent', look: 'sent' },
        { expr: rate('lab_messages_acked_total'), name: 'acked', look: 'acked' },
      ],
    },
    {
      title: 'Delivery latency at the receivers',
      about: 'From when a message was due to when a member read it; each second by itself, exact.',
      unit: 'seconds',
      scale: 'log',
      lines: [
        { expr: `lab_delivery_latency_seconds${of({ quantile: '0.5' })}`, name: 'p50', look: 'p50' },
        { expr: `lab_delivery_latency_seconds${of({ quantile: '0.99' })}`, name: 'p99', look: 'p99' },
        { expr: `lab_delivery_latency_seconds${of({ quantile: '1' })}`, name: 'max', look: 'p99.9' },
        {
          expr: `lab_slo_seconds${of({ metric: 'delivery' })}`,
          name: 'SLO of quantile {{quantile}}',
          look: 'limit',
          mayBeEmpty: 'when the run has no such objective',
        },
      ],
    },
    {
      title: 'Delivery latency inside the system',
      about: 'From the gateway that read a message to the sockets it was written to; from histograms, so about.',
      unit: 'seconds',
      scale: 'log',
      lines: [
        { expr: quantile(0.5, 'chat_delivery_seconds'), name: 'p50', look: 'p50' },
        { expr: quantile(0.99, 'chat_delivery_seconds'), name: 'p99', look: 'p99' },
        { expr: quantile(0.999, 'chat_delivery_seconds'), name: 'p99.9', look: 'p99.9' },
      ],
    },
    {
      title: 'Acknowledgement latency at the senders',
      about: 'From when a message was due to its RECEIPT; each second by itself, exact.',
      unit: 'seconds',
      scale: 'log',
      lines: [
        { expr: `lab_ack_latency_seconds${of({ quantile: '0.99' })}`, name: 'p99', look: 'p99' },
        {
          expr: `lab_slo_seconds${of({ metric: 'ack' })}`,
          name: 'SLO of quantile {{quantile}}',
          look: 'limit',
          mayBeEmpty: 'when the run has no such objective',
        },
      ],
    },
    {
      title: 'Deliveries',
      about: 'Messages read by receivers: a message to a room of five counts up to four times.',
      unit: 'messages/s',
      lines: [{ expr: rate('lab_deliveries_total'), name: 'delivered', look: 'delivered' }],
    },
    {
      title: 'Backlog',
      about: 'Accepted and not yet stored. It grows while the store is slower than the load.',
      unit: 'count',
      lines: [{ expr: `lab_backlog_messages${of()}`, name: 'backlog', look: 'backlog' }],
    },
    {
      title: 'Unanswered',
      about: 'Sent, and neither acked nor refused yet.',
      unit: 'count',
      lines: [{ expr: `lab_unanswered_messages${of()}`, name: 'unanswered', look: 'plain' }],
    },
    {
      title: 'Messages refused for good',
      about: 'As the senders saw it. Anything above zero counts against the error objective.',
      unit: 'messages/s',
      lines: [{ expr: rate('lab_messages_refused_total'), name: 'refused', look: 'errors' }],
    },
    {
      title: 'Refusals by code',
      about: 'As the system counted them, tries that were repeated included.',
      unit: '1/s',
      lines: [
        { expr: sumRate('chat_refused_total', of(), 'code'), name: '{{code}}', mayBeEmpty: 'when nothing was refused' },
      ],
    },
  ],
}
