/** Who answers the MongoDB wire protocol, as it says of itself. */
import type { MongoClient } from 'mongodb'
import type { EngineIdentity } from '../../component.ts'

/** Connects, asks and closes. Rejects with the driver's error when nobody answers or the credentials are refused. */
export async function identify(url: string, timeoutMs: number): Promise<EngineIdentity> {
  const options = { serverSelectionTimeoutMS: timeoutMs, connectTimeoutMS: timeoutMs, appName: 'chat-lab-probe' }
  // Loaded when it is needed: a run without MongoDB should not wait for its driver.
  const { MongoClient } = await import('mongodb')
  const client = new MongoClient(url, options)
  try {
    const info = await client.db('admin').command({ buildInfo: 1 })
    if (!info.ferretdb) return { product: 'MongoDB', version: String(info.version), ...(await topology(client)) }
    const status = await client.db('admin').command({ serverStatus: 1 })
    const { postgresql, documentdb } = status.ferretdb ?? {}
    return {
      product: 'FerretDB',
      version: String(info.ferretdb.version).replace(/^v/, ''),
      compatibleWith: `MongoDB ${info.version}`,
      details: `on ${shortVersion('PostgreSQL', postgresql)}, ${shortVersion('DocumentDB', documentdb)}`,
    }
  } finally {
    await client.close()
  }
}

async function topology(client: MongoClient): Promise<{ details?: string }> {
  const hello = await client.db('admin').command({ hello: 1 })
  if (hello.setName) return { details: `replica set ${hello.setName} of ${hello.hosts?.length ?? 1}` }
  return { details: hello.msg === 'isdbgrid' ? 'sharded cluster' : 'standalone' }
}

const shortVersion = (product: string, text: unknown): string => {
  const version = /\d+(?:[.-]\d+)*/.exec(String(text ?? ''))?.[0]
  return `${product} ${version ?? 'of a version it does not tell'}`
}
