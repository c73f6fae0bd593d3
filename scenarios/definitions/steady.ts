import type { Definition } from './definition.ts'
import { spikeShape } from './shapes.ts'
import { spike } from './spike.ts'

export const steady: Definition = {
  ...spike,
  name: 'steady',
  title: 'One rate held, without a spike',
  entry: 'steady.ts',
  defaults: {
    ...spike.defaults,
    fromRate: 1_000,
    toRate: 1_000,
    baseMs: 0,
    riseMs: 0,
    holdMs: 60_000,
    fallMs: 0,
    recoveryMs: 0,
  },
  profile: spikeShape,
}
