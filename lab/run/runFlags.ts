import { brokerCounts } from '../../compose/stack/options.ts'
import { cacheKinds, fanoutKinds } from '../../system/editions/edition.ts'
import { imageChoices } from '../stack/options.ts'
import { placedParts } from './cores.ts'
import type { FlagTable } from './flags.ts'
import { faultKinds, runtimes } from './target.ts'

/** Every option of `npm run spike`, `steady` and `smoke`: what is read, checked and printed by --help. */
export const runFlags = {
  backend: {
    value: 'sqlite|mongo|mysql|postgres|cassandra',
    help: 'storage backend; all but sqlite also bring Kafka (default sqlite)',
  },
  runtime: {
    value: `${runtimes.join('|')}|containers:kafka`,
    help: 'where engines run: all in containers or those named, or with swarm the whole system (default native)',
  },
  images: {
    value: imageChoices.join('|'),
    help: 'runtimes with Docker: pull images, build them here, or what works (default auto)',
  },
  fanout: {
    value: fanoutKinds.join('|'),
    help: 'how messages reach the gateways (default memory for sqlite, else kafka)',
  },
  cache: { value: cacheKinds.join('|'), help: 'the last messages of rooms at hand for history (default none)' },
  users: { value: 'n', help: 'users, each with a socket of its own' },
  'room-size': { value: 'n', help: 'members of each room; every user is in one room' },
  history: { value: 'n', help: 'messages in the store before the load begins, spread over the rooms (default 0)' },
  reads: { value: 'rate', help: 'history reads a second while the load runs; needs --history (default 0)' },
  compacted: { help: "measure the store's disk use also after the engine's own compaction" },
  rate: { value: 'rate', help: 'one rate from the beginning to the end, instead of --from and --to' },
  from: { value: 'rate', help: 'messages a second before and after the spike' },
  to: { value: 'rate', help: 'messages a second in the hold' },
  warmup: { value: 'time', help: 'length of the warm-up, which is not judged' },
  base: { value: 'time', help: 'length of the base phase' },
  rise: { value: 'time', help: 'length of the rise' },
  hold: { value: 'time', help: 'length of the hold' },
  fall: { value: 'time', help: 'length of the fall' },
  recovery: { value: 'time', help: 'length of the recovery' },
  profile: { value: 'segments', help: 'the whole load, e.g. base:15s@100,rise:5s@100-5000,hold:60s@5000' },
  arrivals: { value: 'uniform|poisson', help: 'spacing of the messages' },
  slo: { value: 'p99=250ms', repeatable: true, help: 'objective, e.g. hold:p99.9=1s, ack:p99=200ms, errors=0.1%' },
  seed: { value: 'n', help: 'seed of senders, bodies and arrivals (default 1)' },
  'body-bytes': { value: 'n', help: 'bytes of UTF-8 in each message' },
  gateways: { value: 'n', help: 'gateways (default 1)' },
  brokers: {
    value: brokerCounts.join('|'),
    help: '--runtime=swarm: Kafka brokers; with 3 a record is on two before it is acknowledged (default 1)',
  },
  knob: { value: 'name=n', repeatable: true, help: 'setting of the edition, e.g. lingerMs=5' },
  port: {
    value: 'n',
    help: 'public port of the first gateway, or of the edge on Swarm (default: a free one, if any is needed)',
  },
  fault: {
    value: 'kill-persister@20s+2s',
    repeatable: true,
    help: `strikes at that time of the profile, for that long: ${faultKinds.join(', ')}`,
  },
  observe: {
    value: 'on|off',
    help: 'watch the run with Prometheus and keep its data (default on; off in comparisons)',
  },
  cores: {
    value: 'component=0,2-3',
    repeatable: true,
    help: `cores a component is kept to: ${[...placedParts, 'system (all roles)', '* (the rest)'].join(', ')} (default: every component may use every core)`,
  },
  'noisy-ok': { help: 'foreign load on the machine is a warning, not a reason for INVALID' },
  out: { value: 'folder', help: 'where run folders go (default runs)' },
  label: { value: 'text', help: 'a name for this run, shown in the report' },
  json: { help: 'print one JSON object instead of the table' },
  open: { help: 'open the report when it is done' },
  plan: { help: 'print the resolved run and start nothing' },
  help: { help: 'print this' },
} as const satisfies FlagTable

export type RunFlag = keyof typeof runFlags
