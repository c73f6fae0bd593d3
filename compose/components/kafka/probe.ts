/** Asks a broker over the wire: is it there, which cluster is it, what does it speak. */
const TIMEOUT_MS = 5_000

export interface BrokerAnswer {
  readonly clusterId: string
  readonly brokers: number
  /** Highest Fetch version: rises with nearly every release, though the protocol names no release. */
  readonly fetchVersion: number
}

/** One round trip each of ApiVersions and Metadata; rejects with the client's error when nobody answers. */
export async function askBroker(bootstrap: readonly string[]): Promise<BrokerAnswer> {
  const options = { connectTimeout: TIMEOUT_MS, timeout: TIMEOUT_MS, retries: 0 }
  // Loaded when it is needed: a run without Kafka should not wait half a second for a client.
  const { Admin } = await import('@platformatic/kafka')
  const admin = new Admin({ clientId: 'chat-lab-probe', bootstrapBrokers: [...bootstrap], ...options })
  try {
    const metadata = await admin.metadata({ topics: [], forceUpdate: true })
    const apis = await admin.listApis()
    const fetchVersion = apis.find(({ name }) => name === 'Fetch')?.maxVersion ?? 0
    return { clusterId: metadata.id, brokers: metadata.brokers.size, fetchVersion }
  } finally {
    await admin.close()
  }
}
