import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startFloor } from './delivery-floor.ts'
import { startGatewaySide } from './delivery-gateway.ts'
import { type DeliverySide, fleet } from './delivery-side.ts'
import type { Report } from './receivers.ts'
import type { BenchRow } from './row.ts'

/** As under the default spike: 5,000 messages/s to rooms of 5, gathered for 10 ms. */
const turnMs = 10
const messagesPerTurn = 50
const turns = 150
const rounds = 3
const target = 1.3

/**
 * The gateway's delivery against the floor: bare `ws`, one shared frame a message, sockets corked once a turn.
 * Both are driven by the same turns and read by the same process; only the server's CPU is counted, the kernel's
 * share included. The two take turns (ABBA), so that what else runs on the machine meets both.
 */
export async function bench(): Promise<BenchRow[]> {
  const child = fork(fileURLToPath(new URL('./receivers.ts', import.meta.url)), { serialization: 'advanced' })
  try {
    const floors: number[] = []
    const gateways: number[] = []
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 === 0 ? (['floor', 'gateway'] as const) : (['gateway', 'floor'] as const)
      for (const name of order) (name === 'floor' ? floors : gateways).push(await measure(child, name))
    }
    // The lowest of each: other load on the machine can only add.
    const [floorUs, cpuUs] = [Math.min(...floors), Math.min(...gateways)]
    const sockets = fleet.rooms * fleet.roomMembers
    const note = `${sockets} sockets; spread ${spread(floors)} floor, ${spread(gateways)} gateway`
    return [{ name: 'gateway: CPU a delivery', cpuUs, floorUs, ratio: cpuUs / floorUs, target, note }]
  } finally {
    child.send({ kind: 'close' })
    await once(child, 'exit')
  }
}

async function measure(child: ChildProcess, name: 'floor' | 'gateway'): Promise<number> {
  const side = name === 'floor' ? await startFloor() : await startGatewaySide()
  try {
    child.send({ kind: 'open', url: side.url, sockets: side.sockets })
    await report(child, 'opened')
    await drive(side, Math.floor(turns / 5))
    await settled(child)
    const start = process.cpuUsage()
    await drive(side, turns)
    await settled(child)
    const { user, system } = process.cpuUsage(start)
    return (user + system) / (turns * messagesPerTurn * fleet.roomMembers)
  } finally {
    await side.close()
  }
}

function drive(side: DeliverySide, count: number): Promise<void> {
  let turn = 0
  const startMs = performance.now()
  return new Promise((resolve) => {
    const step = () => {
      const rooms = Array.from({ length: messagesPerTurn }, (_, i) => (turn * messagesPerTurn + i) % fleet.rooms)
      side.deliver(rooms)
      if (++turn === count) resolve()
      else setTimeout(step, Math.max(0, startMs + turn * turnMs - performance.now()))
    }
    step()
  })
}

/** Resolves when no more bytes reach the receivers, so that a measurement ends with nothing on its way. */
async function settled(child: ChildProcess): Promise<void> {
  for (let last = -1; ; ) {
    child.send({ kind: 'read' })
    const { bytes } = (await report(child, 'bytes')) as Report & { kind: 'bytes' }
    if (bytes === last) return
    last = bytes
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function report(child: ChildProcess, kind: Report['kind']): Promise<Report> {
  for (;;) {
    const [message] = (await once(child, 'message')) as [Report]
    if (message.kind === kind) return message
  }
}

function spread(values: readonly number[]): string {
  return `${Math.min(...values).toFixed(1)}-${Math.max(...values).toFixed(1)} us`
}
