/** TCP ports of the loopback interface. */
import { randomInt } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { EnvironmentError } from '../component.ts'

const LOOPBACK = '127.0.0.1'
/** Below are those of well-known services. */
const LOWEST = 20_000
/** Where the kernel does not tell (RFC 6335, dynamic ports). */
const USUAL_DYNAMIC = 49_152
const HIGHEST = 65_535
const LEAST_CHOICE = 1_000
const TRIES = 1_000

function listenOnce(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ host: LOOPBACK, port, exclusive: true }, () => server.close(() => resolve()))
  })
}

/**
 * `count` ports in a row that nobody listens on now. Somebody may take one before it is used: a start must retry.
 *
 * They are none of those that the kernel gives to connections: while a server is killed and starts again, its clients
 * try its port over and over, and one of them, or anybody's connection, would be given that very port. The server could
 * not have it back.
 */
export async function freePorts(count: number): Promise<number[]> {
  const dynamic = await firstDynamicPort()
  const end = dynamic - count > LOWEST + LEAST_CHOICE ? dynamic : HIGHEST + 1
  for (let attempt = 1; ; attempt += 1) {
    const first = randomInt(LOWEST, end - count + 1)
    const ports = Array.from({ length: count }, (_, index) => first + index)
    try {
      for (const port of ports) await listenOnce(port)
      return ports
    } catch (error) {
      if (attempt === TRIES) throw error
    }
  }
}

async function firstDynamicPort(): Promise<number> {
  const range = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').catch(() => '')
  return Number.parseInt(range, 10) || USUAL_DYNAMIC
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
