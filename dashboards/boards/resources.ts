import type { Panel, Part } from '../board.ts'
import { of, rate } from '../query.ts'

/** CPU, memory and I/O of components whose name matches, as in the report's section on resources. */
export function resourcesOf(what: string, pattern: string, needs: readonly Part[]): Panel[] {
  const where = of({ component: `=~${pattern}` })
  const name = '{{component}}'
  return [
    {
      title: `CPU of ${what}`,
      about: 'Cores used, children of the process included.',
      unit: 'cores',
      needs,
      lines: [{ expr: rate('lab_component_cpu_seconds_total', where), name }],
    },
    {
      title: `Memory of ${what}`,
      about: 'Resident.',
      unit: 'bytes',
      needs,
      lines: [{ expr: `lab_component_resident_bytes${where}`, name }],
    },
    {
      title: `Disk reads and writes of ${what}`,
      about: 'Bytes that reached the block layer; what the page cache holds back is not in it.',
      unit: 'bytes/s',
      needs,
      lines: [
        { expr: rate('lab_component_written_bytes_total', where), name: `${name} written` },
        { expr: rate('lab_component_read_bytes_total', where), name: `${name} read` },
      ],
    },
    {
      title: `Write calls of ${what}`,
      about: 'Calls of the write family, sockets included.',
      unit: '1/s',
      needs,
      lines: [{ expr: rate('lab_component_write_calls_total', where), name }],
    },
  ]
}
