/** TCP ports of the loopback interface. */
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { EnvironmentError } from '../component.ts'

const LOOPBACK = '127.0.0.1'

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ host: LOOPBACK, port, exclusive: true }, () => {
      const address = server.address()
      const taken = typeof address === 'object' && address ? address.port : 0
      server.close(() => resolve(taken))
    })
  })
}

/** `count` different ports nobody listens on now. Somebody may take one before it is used: a start must retry. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) ports.add(await listenOnce(0))
  return [...ports]
}

/** Resolves when `port` can be listened on: a process that was just killed still holds it for some milliseconds. */
export async function portToBeFree(
  component: string,
  port: number,
  signal: AbortSignal,
  timeoutMs = 10_000,
): Promise<void> {
  for (const deadlineMs = Date.now() + timeoutMs; ; ) {
    signal.throwIfAborted()
    try {
      await listenOnce(port)
      return
    } catch (error) {
      if (Date.now() > deadlineMs) throw portTaken(component, port, error)
      await delay(50, undefined, { signal })
    }
  }
}

export function portTaken(component: string, port: number, cause?: unknown): EnvironmentError {
  return new EnvironmentError(
    'ENV-PORT',
    component,
    `Port ${port} on ${LOOPBACK} is in use by another process.`,
    `End the process that listens on ${LOOPBACK}:${port}, or give ${component} another port.`,
    [],
    { cause },
  )
}
