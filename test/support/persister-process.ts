/**
 * A persister in a process of its own, to be killed: `node persister-process.ts <log url> <store url> <crash after>`.
 * Says `ready` on stdout. With `crash after` n > 0 it kills itself with -9 after its n-th write to the store took
 * effect, before anything of it can be committed.
 */
import pino from 'pino'
import { Registry } from 'prom-client'
import { noCache } from '../../system/caches/none.ts'
import { editions } from '../../system/editions/index.ts'
import { openLog } from '../../system/logs/open.ts'
import { startPersister } from '../../system/roles/persister/persister.ts'
import type { RoleContext } from '../../system/roles/role.ts'
import { openStore } from '../../system/stores/open.ts'
import type { Store } from '../../system/stores/store.ts'

const [logUrl, storeUrl, crashAfter] = process.argv.slice(2)
const store = await openStore('sqlite', storeUrl!)
let writes = 0
const appendMessages: Store['appendMessages'] = async (messages) => {
  const result = await store.appendMessages(messages)
  writes += 1
  if (writes === Number(crashAfter)) process.kill(process.pid, 'SIGKILL')
  return result
}
const context = {
  edition: editions.mongo,
  nodeId: `persister-${process.pid}`,
  store: Object.assign(Object.create(store), {
    appendMessages,
    logEpoch: (topicId: string) => store.logEpoch(topicId),
    lastSeqs: (positions: Parameters<Store['lastSeqs']>[0]) => store.lastSeqs(positions),
  }),
  log: openLog('kafka', { url: logUrl, nodeId: `persister-${process.pid}` }),
  cache: noCache,
  metrics: new Registry(),
  logger: pino({ level: 'warn' }, process.stderr),
} as unknown as RoleContext
const persister = await startPersister(context)
process.stdout.write('ready\n')
process.once('SIGTERM', async () => {
  await persister.drain(10_000)
  await context.log!.close()
  await store.close()
})
