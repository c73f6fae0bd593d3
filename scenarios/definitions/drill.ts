import type { Slo } from '../slos.ts'
import type { Definition } from './definition.ts'
import { steady } from './steady.ts'

const calmP99 = (phase: 'base' | 'recovery'): Slo => ({
  metric: 'delivery',
  phase,
  quantile: 0.99,
  bound: 1_000_000,
  unit: 'us',
})

/**
 * One rate from the beginning to the end; what is done to the chat begins in the hold. Latency is judged before and
 * after: who waits for a socket waits for his messages.
 */
export const drill: Definition = {
  ...steady,
  name: 'drill',
  title: 'One rate held while something is done to the chat',
  defaults: {
    ...steady.defaults,
    warmUpMs: 8_000,
    baseMs: 10_000,
    holdMs: 30_000,
    recoveryMs: 15_000,
  },
  slos: [
    calmP99('base'),
    calmP99('recovery'),
    { metric: 'errors', phase: 'measured', quantile: null, bound: 0.001, unit: 'ratio' },
  ],
}
