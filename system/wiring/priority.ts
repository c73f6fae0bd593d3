import { readFileSync, writeFileSync } from 'node:fs'
import { constants, setPriority } from 'node:os'

/**
 * Not a middling one: with a tenth of the usual weight instead of a seventieth a persister beside Cassandra on a full machine
 * made deliveries wait half as long again (docs/performance.md).
 */
const { PRIORITY_LOW } = constants.priority

/**
 * Lets every other process of the machine go first: for a role that nobody waits for. On Linux a session shares one
 * weight (sched_autogroup), which alone counts against other sessions; it is lowered only where it is all our own.
 */
export function giveWay(): void {
  setPriority(PRIORITY_LOW)
  try {
    if (sessionOf(readFileSync('/proc/self/stat', 'utf8')) === process.pid) {
      writeFileSync('/proc/self/autogroup', String(PRIORITY_LOW))
    }
  } catch {
    // No /proc, or a kernel without autogroups: the priority above is all there is.
  }
}

/** Field 6 of proc(5) stat; the name before it may hold spaces and brackets. */
function sessionOf(stat: string): number {
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3])
}
