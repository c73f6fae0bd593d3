import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { textFrame } from '../../system/protocol/stomp/websocket.ts'
import { benchMessage, type DeliverySide, fleet } from './delivery-side.ts'

const nothing = Buffer.alloc(0)

/** What cannot be left out: a frame a message, and its write to each socket of the room. No STOMP, no registry. */
export async function startFloor(): Promise<DeliverySide> {
  const server = createServer()
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  const rooms: Duplex[][] = Array.from({ length: fleet.rooms }, () => [])
  server.on('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (ws) => {
      ws.on('message', (room) => rooms[Number(room)]!.push(socket))
      ws.on('error', () => undefined)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  let dirty: Duplex[] = []
  let seq = 0
  const write = (socket: Duplex, frame: Buffer) => {
    if (socket.writableCorked === 0) {
      socket.cork()
      dirty.push(socket)
    }
    socket.write(frame)
  }
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sockets: rooms.flatMap((_, room) => Array(fleet.roomMembers).fill({ frames: [String(room)], until: '' })),
    deliver: (indices) => {
      for (const room of indices) {
        const json = JSON.stringify(benchMessage(`room-${room}`, ++seq))
        const frame = textFrame(nothing, '', Buffer.from(json))
        for (const socket of rooms[room]!) write(socket, frame)
      }
      for (const socket of dirty) socket.uncork()
      dirty = []
    },
    close: async () => {
      server.closeAllConnections()
      for (const socket of rooms.flat()) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
