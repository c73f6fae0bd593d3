/** What answered on the wire, as it says of itself. */
export interface EngineIdentity {
  /** The product's own name, e.g. `SQLite`, `MongoDB`, `FerretDB`, `Apache Kafka`. */
  readonly product: string
  readonly version: string
  /** Set when the engine speaks another product's protocol: `FerretDB` is compatible with `MongoDB`. */
  readonly compatibleWith?: string
  /** Anything else worth a line: the engine behind it, its build. */
  readonly details?: string
}
