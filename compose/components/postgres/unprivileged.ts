/** PostgreSQL refuses to run as root, and its `initdb` needs a user name: what to put before its programs. */
import { userInfo } from 'node:os'
import { type ComponentName, EnvironmentError } from '../../component.ts'
import { type Environment, findProgram } from '../../native/programs.ts'
import { run } from '../../provision/commands.ts'

const NOBODY = 65_534
const NAMESPACE = ['--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`]

const hasUserName = (): boolean => {
  try {
    userInfo()
    return true
  } catch {
    return false
  }
}

/**
 * Nothing for an ordinary user. For root, and for a user id without a name, a user namespace that shows us as
 * `nobody`: no file changes hands, and folders below a private home stay reachable. Rejects with ENV-START where the
 * kernel or the container refuses user namespaces.
 */
export async function unprivilegedPrefix(
  component: ComponentName,
  { env, signal }: { readonly env: Environment; readonly signal: AbortSignal },
): Promise<readonly string[]> {
  const isRoot = process.getuid?.() === 0
  if (!isRoot && hasUserName()) return []
  const unshare = findProgram('unshare', env)
  if (unshare) {
    const works = await run(unshare, [...NAMESPACE, 'true'], { env, signal }).then(
      () => true,
      () => false,
    )
    signal.throwIfAborted()
    if (works) return [unshare, ...NAMESPACE, '--']
  }
  throw new EnvironmentError(
    'ENV-START',
    component,
    `PostgreSQL does not run as ${isRoot ? 'root' : 'a user without a name'}, and user namespaces are refused here.`,
    `Run the lab as an ordinary user, or name one that runs elsewhere in ${component.toUpperCase()}_URL.`,
  )
}
