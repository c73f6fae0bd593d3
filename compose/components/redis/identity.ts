/** Who answers Redis' protocol, as `INFO server` says. */
import type { EngineIdentity } from '../../component.ts'

/** `server_name` of servers that answer to `redis_version` for compatibility's sake, and how they call their own. */
const OTHERS = { valkey: 'Valkey', keydb: 'KeyDB', dragonfly: 'Dragonfly' } as const

/** `text`: the answer to `INFO server`, a field a line. */
export function engineOf(text: string): EngineIdentity {
  const fields = new Map(text.split(/\r?\n/).map((line) => line.split(/:(.*)/s, 2) as [string, string]))
  const redis = fields.get('redis_version') ?? 'unknown'
  const name = fields.get('server_name') ?? Object.keys(OTHERS).find((other) => fields.has(`${other}_version`))
  const details = fields.get('server_mode') ?? fields.get('redis_mode') ?? 'standalone'
  if (name === undefined || name === 'redis') return { product: 'Redis', version: redis, details }
  const product = OTHERS[name as keyof typeof OTHERS] ?? name
  return { product, version: fields.get(`${name}_version`) ?? redis, compatibleWith: `Redis ${redis}`, details }
}

/** Connects, asks and closes. Rejects with the client's error when nobody answers or the credentials are refused. */
export async function identify(url: string, timeoutMs: number): Promise<EngineIdentity> {
  // Loaded when it is needed: a run without Redis should not wait for its client.
  const { createClient } = await import('@redis/client')
  const client = createClient({ url, socket: { connectTimeout: timeoutMs, reconnectStrategy: false } })
  client.on('error', () => undefined)
  const signal = AbortSignal.timeout(timeoutMs)
  const late = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  try {
    await Promise.race([client.connect(), late])
    return engineOf(await Promise.race([client.info('server'), late]))
  } finally {
    late.catch(() => undefined)
    client.destroy()
  }
}
