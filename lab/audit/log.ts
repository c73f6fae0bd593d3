/** Topic that holds one record for each message a log-first system took, before the store has it. */
const messageTopic = 'chat.messages'
const latest = -1n
const timeoutMs = 5_000

/**
 * How many records were ever appended to the log's message topic: the sum of its partitions' end offsets, asked of the
 * brokers past the system. Nothing is compacted and nothing is transactional there, so the growth of this sum is the
 * number of records. `prefix` stands before the topic's name where the system was told one. Rejects with the client's error, or when the topic is not there.
 */
export async function logEnd(brokers: readonly string[], prefix: string): Promise<number> {
  const topic = `${prefix}${messageTopic}`
  // Loaded when it is needed: a run without Kafka should not wait half a second for a client.
  const { Admin } = await import('@platformatic/kafka')
  const options = { connectTimeout: timeoutMs, timeout: timeoutMs, retries: 3, retryDelay: 200 }
  const admin = new Admin({ clientId: 'chat-lab-audit', bootstrapBrokers: [...brokers], ...options })
  admin.on('error', () => {})
  try {
    const found = (await admin.metadata({ topics: [topic], forceUpdate: true })).topics.get(topic)
    if (found === undefined) throw new Error(`the log has no topic ${topic}`)
    const partitions = Array.from({ length: found.partitionsCount }, (_, partitionIndex) => ({
      partitionIndex,
      timestamp: latest,
    }))
    const [answer] = await admin.listOffsets({ topics: [{ name: topic, partitions }] })
    return (answer?.partitions ?? []).reduce((sum, { offset }) => sum + Number(offset), 0)
  } finally {
    await admin.close()
  }
}
