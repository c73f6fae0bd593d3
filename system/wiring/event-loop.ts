import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Gauge, type Registry } from 'prom-client'

const name = 'nodejs_eventloop_lag_p99_seconds'
const windowMs = 1_000
const resolutionMs = 10

/**
 * prom-client's own gauge begins anew at each scrape, so that who scrapes beside another takes half of what he would
 * see. Here the windows are the clock's: everybody sees the worse of the last two whole seconds.
 */
export function watchEventLoop(registry: Registry): void {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs })
  delays.enable()
  let [before, last] = [0, 0]
  setInterval(() => {
    before = last
    last = delays.percentile(99) / 1e9
    delays.reset()
  }, windowMs).unref()
  registry.removeSingleMetric(name)
  new Gauge({
    name,
    help: 'p99 of how late the event loop was, of the worse of the last two seconds',
    registers: [registry],
    collect() {
      this.set(Math.max(before, last))
    },
  })
}
