/** MySQL from the Debian packages the native runtime uses. */
import { mysqlRecipe } from '../components/mysql/distribution.ts'
import type { ProvisionContext } from '../provision/context.ts'
import { baseEntries, script, scriptText } from './base.ts'
import type { ImageDefinition, LocalContent } from './image.ts'

const USER = '999:999'
const DATA = '/var/lib/mysql'

export const mysql: ImageDefinition = {
  name: 'mysql',
  product: { official: 'MySQL 9.7.0', local: 'MySQL 9 of Debian sid' },
  official: { reference: 'mysql:9.7.0' },
  local,
  entrypoint: ['/usr/local/bin/docker-entrypoint.sh'],
  command: ['mysqld'],
  environment: { TZ: 'UTC' },
  facts: {
    user: USER,
    ports: { mysql: 3306 },
    dataPath: DATA,
    configPath: null,
    scratch: ['/tmp', '/var/run/mysqld'],
    // A server that takes connections greets; at the first start it listens only when its data folder is whole.
    health: {
      official: ['bash', '-c', 'exec 3<>/dev/tcp/127.0.0.1/3306 && head -c 5 <&3 >/dev/null'],
      local: ['sh', '-c', '[ "$(nc -w 1 127.0.0.1 3306 </dev/null | head -c 5 | wc -c)" = 5 ]'],
    },
  },
}

async function local(context: ProvisionContext): Promise<LocalContent> {
  const recipe = mysqlRecipe(context)
  return {
    key: [recipe.key, await scriptText('mysql.sh')].join('\n'),
    entries: async () => {
      const prefix = await context.cache.entry(recipe, context.signal)
      return [
        ...(await baseEntries('mysql', USER, context)),
        // The tools beside the server are a third of the size, and nothing here calls them.
        { kind: 'copy', path: '', from: prefix, without: (path) => path === 'usr/bin' },
        await script('mysql.sh', 'usr/local/bin/docker-entrypoint.sh'),
        { kind: 'folder', path: DATA },
      ]
    },
  }
}
