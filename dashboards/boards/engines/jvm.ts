import type { Panel, Part } from '../../board.ts'
import { mean, of, sumRate } from '../../query.ts'

/** Garbage and heap of an engine that runs in a JVM; `role` is that of its target. */
export function jvmOf(what: string, role: string, needs: readonly Part[]): Panel[] {
  const where = of({ role })
  return [
    {
      title: `Collections of ${what}`,
      about: 'Young and full ones of its garbage collector; a full one stops everything for long.',
      unit: '1/s',
      needs,
      lines: [{ expr: sumRate('jvm_gc_collection_seconds_count', where, 'gc'), name: '{{gc}}' }],
    },
    {
      title: `Pause of a collection of ${what}`,
      about: 'Mean: no request is answered meanwhile.',
      unit: 'seconds',
      scale: 'log',
      needs,
      lines: [
        {
          expr: mean('jvm_gc_collection_seconds', where),
          name: 'mean',
          look: 'plain',
          mayBeEmpty: 'when nothing was collected',
        },
      ],
    },
    {
      title: `Heap of ${what}`,
      about: 'Used, garbage included: its low points after collections are what is alive.',
      unit: 'bytes',
      needs,
      lines: [{ expr: `jvm_memory_used_bytes${of({ role, area: 'heap' })}`, name: 'used', look: 'plain' }],
    },
  ]
}
