/** Makes one cache entry in a process of its own, finished when its standard input ends; writes what it is doing. */
import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Cache } from '../../../compose/provision/cache.ts'

const [root = ''] = process.argv.slice(2)
const cache = new Cache(root, ({ step }) => void process.stdout.write(`${step}\n`))
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
      await text(process.stdin)
      await writeFile(join(folder, 'whole'), 'second half')
    },
  },
  new AbortController().signal,
)
process.stdout.write(`${path}\n`)
