/** Where the brokers are, and who we are to them. */
export interface KafkaAddress {
  /** `host:port`, one or more. */
  readonly brokers: readonly string[]
  readonly clientId: string
  /** The place this process takes among its like; undefined: a place of its own. */
  readonly instance?: string
  /** How long the broker takes a silent member of a group for alive. */
  readonly sessionMs?: number
  /** Stands before every topic and group: what several systems on one Kafka are told apart by. Empty = none. */
  readonly prefix: string
}

/** `kafka://host:port[,host:port][/prefix]`; the prefix is of what Kafka allows in names. */
const urlForm = /^kafka:\/\/([^,/:]+:\d{1,5}(?:,[^,/:]+:\d{1,5})*)(?:\/([a-zA-Z0-9_-]{0,100}))?$/

/** Undefined when it cannot be read. A prefix comes with the dot that ends it. */
export function readKafkaUrl(url: string): Pick<KafkaAddress, 'brokers' | 'prefix'> | undefined {
  const [, brokers, name] = urlForm.exec(url) ?? []
  if (brokers === undefined) return undefined
  return { brokers: brokers.split(','), prefix: name ? `${name}.` : '' }
}

/** Who a process is to the brokers: its node, and before that the instance whose place it takes. */
export function whoIs(nodeId: string, instance?: string): Pick<KafkaAddress, 'clientId' | 'instance'> {
  return instance === undefined ? { clientId: `chat-${nodeId}` } : { clientId: `chat-${instance}/${nodeId}`, instance }
}

/** Whether a client is another process of the same instance. */
export function isPredecessor({ clientId, instance }: KafkaAddress, other: string): boolean {
  return instance !== undefined && other !== clientId && other.startsWith(`chat-${instance}/`)
}

/**
 * Options of every client. Retries are ours: the driver's own would hide whether an append may have happened.
 * `requestTimeoutMs` bounds the wait for any answer, so it must exceed what the broker may hold a request.
 */
export function clientOptions(address: KafkaAddress, requestTimeoutMs = 10_000) {
  return {
    clientId: address.clientId,
    bootstrapBrokers: [...address.brokers],
    connectTimeout: 3_000,
    requestTimeout: requestTimeoutMs,
    timeout: requestTimeoutMs - 2_000,
    maxInflights: 5,
    retries: 0,
    retryDelay: 200,
    metadataMaxAge: 60_000,
  }
}
