import { readFileSync, writeFileSync } from 'node:fs'
import { constants, setPriority } from 'node:os'

/** A tenth of the usual weight. The lowest has a seventieth: on a full machine a process started with it never got ready. */
const { PRIORITY_BELOW_NORMAL } = constants.priority

/**
 * Lets every other process of the machine go first: for a role that nobody waits for. On Linux a session shares one
 * weight (sched_autogroup), which alone counts against other sessions; it is lowered only where it is all our own.
 */
export function giveWay(): void {
  setPriority(PRIORITY_BELOW_NORMAL)
  try {
    if (sessionOf(readFileSync('/proc/self/stat', 'utf8')) === process.pid) {
      writeFileSync('/proc/self/autogroup', String(PRIORITY_BELOW_NORMAL))
    }
  } catch {
    // No /proc, or a kernel without autogroups: the priority above is all there is.
  }
}

/** Field 6 of proc(5) stat; the name before it may hold spaces and brackets. */
function sessionOf(stat: string): number {
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3])
}
