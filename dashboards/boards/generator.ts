import type { Board } from '../board.ts'
import { of, rate } from '../query.ts'
import { resourcesOf } from './resources.ts'

const shareOfMachine = (metric: string) => `${rate(metric)} / lab_machine_cores${of()}`

export const generator: Board = {
  uid: 'chat-generator',
  title: 'Chat lab: validity of the generator',
  about: 'May the run be believed? A generator that is late itself measures itself.',
  panels: [
    {
      title: 'Send lateness, p99',
      about: 'Due to handed to the socket. The generator alone is to blame for it.',
      unit: 'seconds',
      scale: 'log',
      columns: 24,
      lines: [{ expr: `lab_send_lateness_seconds${of({ quantile: '0.99' })}`, name: 'p99', look: 'p99' }],
    },
    {
      title: 'Due and sent',
      about: 'Sent falls behind due: the asked load was not offered.',
      unit: 'messages/s',
      lines: [
        { expr: rate('lab_messages_intended_total'), name: 'due', look: 'offered' },
        { expr: rate('lab_messages_sent_total'), name: 'sent', look: 'sent' },
      ],
    },
    {
      title: 'Due and not yet sent',
      about: 'Zero but for the moment.',
      unit: 'count',
      lines: [
        {
          expr: `lab_messages_intended_total${of()} - lab_messages_sent_total${of()}`,
          name: 'waiting',
          look: 'backlog',
        },
      ],
    },
    {
      title: 'Clients with a socket',
      about: 'Below the number of users: clients are away or cannot come back.',
      unit: 'count',
      lines: [{ expr: `lab_connected_sockets${of()}`, name: 'connected', look: 'plain' }],
    },
    {
      title: 'The machine: busy and stolen',
      about: 'Share of all cores. Stolen time is the hypervisor at work for others.',
      unit: 'ratio',
      lines: [
        { expr: shareOfMachine('lab_machine_cpu_busy_seconds_total'), name: 'busy', look: 'plain' },
        { expr: shareOfMachine('lab_machine_cpu_steal_seconds_total'), name: 'stolen', look: 'errors' },
      ],
    },
    ...resourcesOf('the generator', 'generator.*|k6.*', []),
  ],
}
