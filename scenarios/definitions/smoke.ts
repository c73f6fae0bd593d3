import type { Definition } from './definition.ts'
import { spikeShape } from './shapes.ts'
import { spike } from './spike.ts'

export const smoke: Definition = {
  ...spike,
  name: 'smoke',
  title: 'Every phase of a spike in 20 seconds at a small load: does everything work?',
  entry: 'smoke.ts',
  defaults: {
    ...spike.defaults,
    users: 50,
    fromRate: 20,
    toRate: 200,
    warmUpMs: 3_000,
    baseMs: 4_000,
    riseMs: 2_000,
    holdMs: 5_000,
    fallMs: 2_000,
    recoveryMs: 4_000,
  },
  drain: { quietMs: 8_000, maxMs: 30_000 },
  profile: spikeShape,
}
