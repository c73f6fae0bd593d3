/** Asks a broker over the wire: is it there, which cluster is it, what does it speak. */
import { setTimeout as delay } from 'node:timers/promises'

const TIMEOUT_MS = 5_000

export interface BrokerAnswer {
  readonly clusterId: string
  readonly brokers: number
  /** Highest `metadata.version` the broker supports; rises with each release line. Null when it does not tell. */
  readonly metadataVersion: number | null
}

/** One round trip each of ApiVersions and Metadata; rejects with the client's error when nobody answers. */
export async function askBroker(bootstrap: readonly string[]): Promise<BrokerAnswer> {
  const options = { connectTimeout: TIMEOUT_MS, timeout: TIMEOUT_MS, retries: 0 }
  // Loaded when it is needed: a run without Kafka should not wait half a second for a client.
  const { Admin, apiVersionsV4 } = await import('@platformatic/kafka')
  const admin = new Admin({ clientId: 'chat-lab-probe', bootstrapBrokers: [...bootstrap], ...options })
  try {
    const metadata = await admin.metadata({ topics: [], forceUpdate: true })
    const [connection] = (await admin.connectToBrokers()).values()
    const answer = connection && (await apiVersionsV4.api.async(connection, 'chat-lab-probe', '1'))
    const feature = answer?.supportedFeatures?.find(({ name }) => name === 'metadata.version')
    return { clusterId: metadata.id, brokers: metadata.brokers.size, metadataVersion: feature?.maxVersion ?? null }
  } finally {
    await admin.close()
  }
}

/** Resolves when a broker has answered there. Rejects with the signal's reason. */
export async function firstAnswer(url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted()
    const answered = await askBroker([url]).then(
      () => true,
      () => false,
    )
    if (answered) return
    await delay(100, undefined, { signal })
  }
}
