/** Where the brokers are, and who we are to them. */
export interface KafkaAddress {
  /** `host:port`, one or more. */
  readonly brokers: readonly string[]
  readonly clientId: string
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
