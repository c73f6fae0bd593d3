import { availableParallelism } from 'node:os'
import type { PhaseSpan } from '../judge/phases.ts'
import type { Slo } from '../judge/slos.ts'
import type { Sample } from '../measure/samples.ts'
import type { TimelineSecond } from '../measure/timeline.ts'
import type { PlannedFault } from '../run/faults.ts'
import type { Exposition } from './exposition.ts'

export interface WatchedRun {
  readonly spans: readonly PhaseSpan[]
  readonly slos: readonly Slo[]
  readonly faults: readonly PlannedFault[]
}

const seconds = (us: number | null): number | null => (us === null ? null : us / 1e6)

/** Tells the exposition what the lab hears of its run: the generator's seconds and its own samples. */
export class RunMetrics {
  readonly #page: Exposition
  readonly #run: WatchedRun

  constructor(page: Exposition, run: WatchedRun) {
    this.#page = page
    this.#run = run
    page.gauge('lab_machine_cores', availableParallelism())
    // Objectives of several phases: the tightest is written last.
    for (const { metric, quantile, bound, unit } of run.slos.toSorted((a, b) => b.bound - a.bound))
      if ((metric === 'delivery' || metric === 'ack') && unit === 'us' && quantile !== null)
        page.gauge('lab_slo_seconds', bound / 1e6, { metric, quantile: `${quantile}` })
    this.#phase('start')
  }

  second(line: TimelineSecond): void {
    const page = this.#page
    page.gauge('lab_offered_messages_per_second', line.offered)
    page.add('lab_messages_intended_total', line.intended)
    page.add('lab_messages_sent_total', line.sent)
    page.add('lab_messages_acked_total', line.acked)
    page.add('lab_messages_refused_total', line.refused)
    page.add('lab_deliveries_total', line.delivered)
    page.gauge('lab_connected_sockets', line.connected)
    page.gauge('lab_unanswered_messages', line.pending)
    page.gauge('lab_delivery_latency_seconds', seconds(line.p50Us), { quantile: '0.5' })
    page.gauge('lab_delivery_latency_seconds', seconds(line.p99Us), { quantile: '0.99' })
    page.gauge('lab_delivery_latency_seconds', seconds(line.maxUs), { quantile: '1' })
    page.gauge('lab_ack_latency_seconds', seconds(line.ackP99Us), { quantile: '0.99' })
    page.gauge('lab_send_lateness_seconds', seconds(line.lateP99Us), { quantile: '0.99' })
    this.#phase(line.phase)
  }

  sample({ atS, machine, processes, backlog }: Sample): void {
    const page = this.#page
    page.gauge('lab_backlog_messages', backlog)
    page.total('lab_machine_cpu_busy_seconds_total', machine.busySeconds)
    page.total('lab_machine_cpu_steal_seconds_total', machine.stealSeconds)
    for (const [component, usage] of processes) {
      page.total('lab_component_cpu_seconds_total', usage.cpuSeconds, { component })
      page.gauge('lab_component_resident_bytes', usage.residentBytes, { component })
      page.total('lab_component_read_bytes_total', usage.readBytes, { component })
      page.total('lab_component_written_bytes_total', usage.writtenBytes, { component })
      page.total('lab_component_write_calls_total', usage.writeCalls, { component })
    }
    for (const { kind, atMs, forMs } of this.#run.faults) {
      const isOn = atS * 1000 >= atMs && atS * 1000 < atMs + forMs
      page.gauge('lab_fault_active', isOn ? 1 : 0, { fault: kind })
    }
  }

  diskFree(bytes: number | null): void {
    this.#page.gauge('lab_disk_free_bytes', bytes)
  }

  #phase(now: string): void {
    for (const phase of ['start', ...this.#run.spans.map(({ name }) => name), 'drain'])
      this.#page.gauge('lab_phase', phase === now ? 1 : 0, { phase })
  }
}
