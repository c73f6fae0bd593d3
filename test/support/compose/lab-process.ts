/**
 * A lab in a process of its own, for tests that kill it: opens a session in `<runDir>`, starts a program with a child,
 * writes one JSON line with their pids and waits. `PATH` is empty, so that nothing but the sweep can end them.
 */
import { readFile } from 'node:fs/promises'
import { openSession } from '../../../compose/native/session.ts'
import { DEAF_FAMILY, program } from './session.ts'

const [runDir = '', cache = ''] = process.argv.slice(2)
const session = await openSession({
  runDir,
  onProgress: () => undefined,
  signal: new AbortController().signal,
  env: { CHAT_LAB_CACHE: cache },
})
const parent = await session.spawn(program('family', DEAF_FAMILY))
const child = Number(/child (\d+)/.exec(await readFile(parent.logFile, 'utf8'))?.[1])
process.stdout.write(`${JSON.stringify({ parent: parent.pid, child, dataDir: session.dataDir })}\n`)
setInterval(() => undefined, 1e6)
