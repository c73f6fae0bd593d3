import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { StartError } from './failure.ts'

/** Binds the server; resolves to its URL. Rejects with a StartError that names the port and the flag. */
export async function listen(server: Server, host: string, port: number, flag: string): Promise<string> {
  const bound = Promise.withResolvers<void>()
  server.once('error', bound.reject).once('listening', bound.resolve)
  server.listen(port, host)
  try {
    await bound.promise
  } catch (error) {
    throw startError(error as NodeJS.ErrnoException, host, port, flag)
  } finally {
    server.off('error', bound.reject).off('listening', bound.resolve)
  }
  const address = server.address() as AddressInfo
  return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`
}

function startError(error: NodeJS.ErrnoException, host: string, port: number, flag: string): StartError {
  const options = { cause: error }
  if (error.code === 'EADDRINUSE')
    return new StartError(
      `Port ${port} of ${host} is in use`,
      `Stop what listens there, or choose another port with ${flag} (0 takes a free one).`,
      options,
    )
  if (error.code === 'EACCES')
    return new StartError(`This user may not listen on port ${port}`, `Choose a port above 1023 with ${flag}.`, options)
  if (error.code === 'EADDRNOTAVAIL')
    return new StartError(`${host} is no address of this machine`, 'Give one of its addresses with --host.', options)
  return new StartError(`Cannot listen on ${host}:${port}: ${error.message}`, `Check --host and ${flag}.`, options)
}

/** Stops listening and cuts what is still open. Safe when the server never listened. */
export async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeAllConnections()
  await closed
}
