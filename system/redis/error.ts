/** A server that is not there at the start. */
export class RedisError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'RedisError'
  }
}
