/** The load generator: sockets, pacing, latencies and the ledger, in Go. Every call returns when its work is done. */
declare module 'k6/x/chat' {
  /**
   * Opens one socket a user of `fleetFile` and subscribes it to the user's rooms and error queue. Throws, naming how many
   * and why, when some are not ready within `timeoutMs`. A field that is not listed is an error, here and in every call.
   */
  export function connect(options: ConnectOptions): Fleet

  export interface ConnectOptions {
    /** Part of every message's identity. */
    generator: number
    /** Decides rooms, senders, bodies, Poisson arrivals and reconnect jitter; the same seed gives the same run. */
    seed: number
    /** `ws://host:port/path`; users are spread round robin, and move on by one after a lost socket. */
    gateways: readonly string[]
    /** `http://host:port`: history for the resume after a reconnect. */
    api: string
    /** JSON: `{users: [{id, token}], rooms: [{id, members: [index of user]}]}`. */
    fleetFile: string
    /** Folder for the outputs, described in OUTPUT.md. */
    outDir: string
    /** Connection attempts under way at once. */
    concurrency: number
    timeoutMs: number
    /** Heart-beat offered in both directions; 0 = none. */
    heartbeatMs: number
  }

  export interface Fleet {
    /** Sends the profile, each message at its intended time. Once a fleet. */
    run(options: RunOptions): void
    /**
     * Waits until every sent message is answered and every acked one delivered, or nothing moved for `quietMs`, or
     * `maxMs` are over; then closes the sockets and writes the outputs.
     */
    drain(options: { quietMs: number; maxMs: number }): Summary
    /** Ends the fleet; without a drain before it the outputs say `interrupted`. */
    close(): void
  }

  export interface RunOptions {
    profile: readonly { phase: string; durationMs: number; fromRate: number; toRate: number }[]
    arrivals: 'uniform' | 'poisson'
    /** Bodies of exactly `bytes` bytes of UTF-8, languages in turn. */
    body: { bytes: number; languages: readonly ('ko' | 'en')[] }
    goodputBoundUs: number
  }

  export interface Summary {
    endReason: 'drained' | 'drain-timeout' | 'interrupted' | 'fleet-lost'
    intended: number
    sent: number
    acked: number
    refused: number
    indeterminate: number
    delivered: number
    /** Deliveries of acked messages that did not happen. */
    undelivered: number
  }
}
