/** A lab in a process of its own, for tests that kill it: a MySQL in a container; writes one JSON line and waits. */
import { openDaemon } from '../../../compose/docker/daemon.ts'
import { openSession } from '../../../compose/native/session.ts'

const [runDir = ''] = process.argv.slice(2)
const session = await openSession({
  runDir,
  onProgress: () => undefined,
  signal: new AbortController().signal,
  env: process.env,
  containers: { when: 'wanted', only: null, images: 'local' },
})
const { url } = await session.start('mysql')
const port = Number(new URL(url).port)
const { api } = await openDaemon(process.env)
const containers = await api.listContainers()
const own = containers.find(({ Ports }) => Ports.some(({ PublicPort }) => PublicPort === port))
process.stdout.write(`${JSON.stringify({ session: own?.Labels['chat-lab.session'] })}\n`)
setInterval(() => undefined, 1e6)
