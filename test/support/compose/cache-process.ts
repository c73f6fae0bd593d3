/** Makes one cache entry in a process of its own: `<cache> <what> `, where what is `make` or `hang`. */
import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Cache } from '../../../compose/provision/cache.ts'

const [root = '', what = ''] = process.argv.slice(2)
const cache = new Cache(root, () => undefined)
const path = await cache.entry(
  {
    name: 'thing',
    version: '1',
    key: 'content',
    needBytes: 0,
    make: async (folder) => {
      await writeFile(join(folder, 'half'), 'first half')
      await appendFile(join(root, 'made.txt'), 'made\n')
      process.stdout.write('making\n')
      if (what === 'hang') await delay(600_000)
      await delay(100)
      await writeFile(join(folder, 'whole'), 'second half')
    },
  },
  new AbortController().signal,
)
process.stdout.write(`${path}\n`)
