import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import type { ComponentName, RunningComponent, Session } from '../../../compose/component.ts'
import type { FaultAction } from '../target.ts'
import type { SystemProcess } from './processes.ts'

/** Kills one system process with SIGKILL and starts it again with the same arguments, on the same port. */
export function killProcess(victim: SystemProcess): FaultAction {
  return {
    begin: async () => {
      const { running } = victim
      victim.kill()
      await running?.exited
    },
    end: async () => {
      if (victim.running === null) await victim.start()
    },
  }
}

/** Kills the engine that runs by then with SIGKILL; the session brings it back on the same port and data. */
export function killEngine(
  session: Pick<Session, 'restart'>,
  name: ComponentName,
  engine: () => RunningComponent,
  restarted: (now: RunningComponent) => void,
): FaultAction {
  let down = false
  return {
    begin: async () => {
      down = true
      const { processes } = engine()
      for (const process of processes) process.kill()
      await Promise.all(processes.map((process) => process.exited))
    },
    end: async () => {
      if (!down) return
      down = false
      restarted(await session.restart(name))
    },
  }
}

/** Holds SQLite's write lock from a connection of the lab, so that every writer is refused as by another program. */
export function lockSqlite(file: string): FaultAction {
  let held: DatabaseSync | null = null
  return {
    begin: async () => {
      const database = new DatabaseSync(file)
      // The busy time is short because this call blocks the lab, which has a clock to keep.
      database.exec('PRAGMA busy_timeout = 5')
      held = database
      while (held === database && !tryLock(database)) await delay(5)
    },
    end: async () => {
      const database = held
      held = null
      database?.close()
    },
  }
}

function tryLock(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE')
    return true
  } catch (error) {
    if ((error as { errcode?: number }).errcode === 5) return false
    throw error
  }
}

/** Stops the engine's processes in their tracks: sockets stay open and nobody answers. */
export function freeze({ processes }: RunningComponent): FaultAction {
  let frozen = false
  return {
    begin: async () => {
      frozen = true
      await Promise.all(processes.map(async (each) => (each.pause ? each.pause() : process.kill(each.pid, 'SIGSTOP'))))
    },
    end: async () => {
      if (!frozen) return
      frozen = false
      await Promise.all(
        processes.map(async (each) => (each.resume ? each.resume() : process.kill(each.pid, 'SIGCONT'))),
      )
    },
  }
}
