import { defaultSlos } from '../slos.ts'
import type { Definition } from './definition.ts'
import { spikeShape } from './shapes.ts'

export const spike: Definition = {
  name: 'spike',
  title: 'From calm to a multiple of the load within seconds, and back',
  entry: 'spike.ts',
  defaults: {
    users: 1_000,
    roomSize: 5,
    bodyBytes: 200,
    fromRate: 100,
    toRate: 5_000,
    warmUpMs: 13_000,
    baseMs: 15_000,
    riseMs: 5_000,
    holdMs: 60_000,
    fallMs: 5_000,
    recoveryMs: 20_000,
  },
  languages: ['ko', 'en'],
  arrivals: 'uniform',
  slos: defaultSlos,
  goodputBoundUs: 1_000_000,
  connect: { concurrency: 64, timeoutMs: 60_000 },
  heartbeatMs: 10_000,
  drain: { quietMs: 15_000, maxMs: 120_000 },
  profile: spikeShape,
}
