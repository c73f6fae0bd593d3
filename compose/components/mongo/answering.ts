import { setTimeout as delay } from 'node:timers/promises'
import type { EngineIdentity, RunningProcess } from '../../component.ts'
import { identify } from './identity.ts'

/** Readiness by a real, authenticated round trip; keeps who answered. */
export function answering(url: string) {
  let answered: EngineIdentity | undefined
  const ready = async (_process: RunningProcess, signal: AbortSignal): Promise<void> => {
    while (!answered) {
      signal.throwIfAborted()
      answered = await identify(url, 1_000).catch(() => undefined)
      if (!answered) await delay(50, undefined, { signal })
    }
  }
  const identity = (): EngineIdentity => answered ?? { product: 'unknown', version: 'unknown' }
  return { ready, identity }
}
