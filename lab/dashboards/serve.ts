import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Session } from '../../compose/component.ts'
import type { Io } from '../run/execute.ts'

/** A session with a folder of its own for as long as `use` takes: whatever it started is ended then. */
export async function withSession<T>(io: Io, signal: AbortSignal, use: (session: Session) => Promise<T>): Promise<T> {
  const runDir = await mkdtemp(join(tmpdir(), 'chat-lab-dashboards-'))
  try {
    const session = await io.openSession({ runDir, env: io.env, signal, onProgress: () => undefined })
    try {
      return await use(session)
    } finally {
      await session.close()
    }
  } finally {
    await rm(runDir, { recursive: true, force: true })
  }
}
