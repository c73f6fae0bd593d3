import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { WebSocket } from 'ws'

/**
 * The far side of the delivery bench, in a process of its own: holds sockets and counts the bytes that come.
 * It is asked by messages: `open` (connect, log in with the frames given, then count) and `read` (the count).
 */
export interface OpenOrder {
  readonly kind: 'open'
  readonly url: string
  /** One a socket: frames to send, the last of which is answered by a frame that begins with `until`. */
  readonly sockets: readonly { readonly frames: readonly string[]; readonly until: string }[]
}
export type Order = OpenOrder | { readonly kind: 'read' } | { readonly kind: 'close' }
export type Report = { readonly kind: 'opened' } | { readonly kind: 'bytes'; readonly bytes: number }

const abreast = 50

if (process.send !== undefined) serve((report) => process.send?.(report))

function serve(report: (report: Report) => void): void {
  let bytes = 0
  const sockets: WebSocket[] = []
  const count = (chunk: Buffer) => {
    bytes += chunk.length
  }
  process.on('message', async (order: Order) => {
    if (order.kind === 'read') report({ kind: 'bytes', bytes })
    if (order.kind === 'close') {
      for (const ws of sockets.splice(0)) ws.terminate()
      process.disconnect()
    }
    if (order.kind !== 'open') return
    bytes = 0
    for (const ws of sockets.splice(0)) ws.terminate()
    for (let from = 0; from < order.sockets.length; from += abreast) {
      const some = order.sockets.slice(from, from + abreast)
      sockets.push(...(await Promise.all(some.map((socket) => open(order.url, socket, count)))))
    }
    report({ kind: 'opened' })
  })
}

async function open(
  url: string,
  { frames, until }: OpenOrder['sockets'][number],
  count: (chunk: Buffer) => void,
): Promise<WebSocket> {
  const { hostname, port } = new URL(url)
  let tcp: Socket | undefined
  const ws = new WebSocket(url, {
    perMessageDeflate: false,
    createConnection: () => {
      tcp = connect(Number(port), hostname)
      return tcp
    },
  })
  await once(ws, 'open')
  const answered = Promise.withResolvers<void>()
  if (until === '') answered.resolve()
  else ws.on('message', (data) => String(data).startsWith(until) && answered.resolve())
  for (const frame of frames) ws.send(frame)
  await answered.promise
  // From here on bytes are enough, and frames would only cost the cores that the server is measured on.
  tcp?.removeAllListeners('data').on('data', count)
  return ws
}
