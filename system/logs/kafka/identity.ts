import { type Admin, apiVersionsV4 } from '@platformatic/kafka'
import type { EngineIdentity } from '../../protocol/identity.ts'

/**
 * Kafka never says its version on the wire; it says the highest `metadata.version` it supports, which names the
 * release line (org.apache.kafka.server.common.MetadataVersion).
 */
const releaseByMetadataVersion: Record<number, string> = {
  21: '3.9',
  25: '4.0',
  27: '4.1',
  29: '4.2',
  30: '4.3',
}

export async function identifyKafka(admin: Admin): Promise<EngineIdentity> {
  const connections = await admin.connectToBrokers()
  const connection = connections.values().next().value
  if (connection === undefined) throw new Error('the cluster names no broker')
  const answer = await apiVersionsV4.api.async(connection, 'chat', '1')
  const level = answer.supportedFeatures?.find((feature) => feature.name === 'metadata.version')?.maxVersion
  const release = level === undefined ? undefined : releaseByMetadataVersion[level]
  return {
    product: 'Apache Kafka',
    version: release ?? 'unknown',
    details: `metadata.version ${level ?? 'not told'}, ${connections.size} broker(s); the wire tells no patch release`,
  }
}
