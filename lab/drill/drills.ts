import type { Slo } from '../../scenarios/slos.ts'
import type { Drill } from './drill.ts'

const s = (seconds: number): number => seconds * 1_000
const us = (seconds: number): number => seconds * 1_000_000

/** From the moment a socket is cut: until 95 % are subscribed again, and until they have all that passed meanwhile. */
const back = (reconnectedS: number, resumedS: number): Slo[] => [
  { metric: 'reconnect', phase: 'run', quantile: 0.95, bound: us(reconnectedS), unit: 'us' },
  { metric: 'resume', phase: 'run', quantile: 0.95, bound: us(resumedS), unit: 'us' },
]

/** From the beginning of a step until the backlog is back where it was. */
const drained = (withinS: number): Slo => ({
  metric: 'drain',
  phase: 'run',
  quantile: 1,
  bound: us(withinS),
  unit: 'us',
})

const begin = s(3)
const stateless = { standard: 3, least: 2 } as const

/** From the beginning of a step until all of the chat serves again. */
const whole = (withinS: number): Slo => ({ metric: 'whole', phase: 'run', quantile: 1, bound: us(withinS), unit: 'us' })

/** With the usual 10 s the silence of a lost node alone would last as long as all of it may. */
const heartbeatMs = s(4)
const noticed: Slo = { metric: 'silence', phase: 'run', quantile: 1, bound: 2_000 * heartbeatMs, unit: 'us' }

/** A persister that is lost starts anew when the Swarm has given its node up; clients of a silent gateway wait as long as heart-beats do. */
const nodeLost = {
  gateways: stateless,
  knobs: { heartbeatMs },
  slos: [...back(6, 10), drained(20)],
  times: { holdMs: s(40) },
} as const satisfies Partial<Drill>

const list: readonly Drill[] = [
  {
    name: 'rolling-update',
    title: 'Replaces every gateway one by one, the new one first; each old one drains its sockets',
    steps: [{ kind: 'rolling-update', afterMs: begin, forMs: 0 }],
    gateways: stateless,
    slos: [...back(5, 8), drained(10)],
    times: { holdMs: s(90) },
  },
  {
    name: 'scale',
    title: 'Scales the gateways from 3 to 5 and then to 2',
    steps: [
      { kind: 'scale-gateways', amount: 5, afterMs: begin, forMs: 0 },
      { kind: 'scale-gateways', amount: 2, afterMs: s(25), forMs: 0 },
    ],
    gateways: stateless,
    slos: [...back(5, 8), drained(10)],
    times: { holdMs: s(50) },
  },
  {
    name: 'kill-gateway',
    title: 'Kills a gateway with SIGKILL; its clients resume at the others',
    steps: [{ kind: 'kill-gateway', afterMs: begin, forMs: s(2) }],
    gateways: stateless,
    slos: [...back(5, 8), drained(10)],
  },
  {
    name: 'kill-persister',
    title: 'Kills the persister with SIGKILL; the log keeps what it has not stored',
    steps: [{ kind: 'kill-persister', afterMs: begin, forMs: s(2) }],
    gateways: { standard: 2, least: 1 },
    slos: [drained(10)],
  },
  {
    name: 'kill-edge',
    title: 'Kills the balancer through which every client comes, with SIGKILL',
    steps: [{ kind: 'kill-edge', afterMs: begin, forMs: 0 }],
    gateways: { standard: 2, least: 1 },
    slos: [...back(15, 20), drained(10)],
    times: { holdMs: s(40) },
  },
  {
    name: 'kill-redis',
    title: 'Kills Redis with SIGKILL where it carries the fan-out; gateways take from the log what it did not bring',
    steps: [{ kind: 'kill-redis', afterMs: begin, forMs: s(2) }],
    fanout: 'redis',
    gateways: { standard: 2, least: 1 },
    slos: [drained(10)],
    times: { holdMs: s(40) },
  },
  {
    ...nodeLost,
    name: 'node-killed',
    title: 'Cuts the power of a node of a practice cluster; what ran there starts on the others',
    steps: [{ kind: 'kill-node', afterMs: begin, forMs: 0 }],
    slos: [...nodeLost.slos, noticed, whole(20)],
  },
  {
    ...nodeLost,
    name: 'node-cut',
    title: 'Takes the link of a node away for 25 s: its sockets stay open and silent, which heart-beats notice',
    steps: [{ kind: 'cut-node', afterMs: begin, forMs: s(25) }],
    slos: [...nodeLost.slos, noticed],
    times: { holdMs: s(50) },
  },
  {
    ...nodeLost,
    name: 'node-leaves',
    title: 'Has a node leave the Swarm without draining it first',
    steps: [{ kind: 'leave-node', afterMs: begin, forMs: 0 }],
    slos: [...nodeLost.slos, whole(20)],
  },
]

/** Every drill there is, by name. */
export const drills: Readonly<Record<string, Drill>> = Object.fromEntries(list.map((drill) => [drill.name, drill]))
