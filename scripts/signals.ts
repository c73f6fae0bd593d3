import { EventEmitter } from 'node:events'

const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** A second one within this time is the first again: the terminal signals npm and us, and npm passes it on. */
const sameMs = 500

/** Emits the signals of this process, each wish to end it once. Without a listener the process still ends by them. */
export const signals = new EventEmitter()
let lastMs = Number.NEGATIVE_INFINITY

const pass = (name: string) => {
  const nowMs = performance.now()
  if (nowMs - lastMs < sameMs) return
  lastMs = nowMs
  signals.emit(name)
}

signals.on('newListener', (name) => {
  if (name !== 'newListener' && name !== 'removeListener' && signals.listenerCount(name) === 0) process.on(name, pass)
})
signals.on('removeListener', (name) => {
  if (name !== 'removeListener' && signals.listenerCount(name) === 0) process.off(name, pass)
})

/** Calls back for each wish to end; returns how to stop listening. */
export function onInterrupt(listener: () => void): () => void {
  for (const name of names) signals.on(name, listener)
  return () => {
    for (const name of names) signals.off(name, listener)
  }
}
