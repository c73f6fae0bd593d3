/** Codes of RFC 6455 (7.4.1) with which a gateway closes a socket, and what a client should do then. */
export const closeCodes = {
  /** DISCONNECT was answered. */
  normal: 1000,
  /** The client broke STOMP; connecting again the same way will fail again. */
  protocol: 1002,
  /** Refused by a rule: no token, no member. Connect again with better rights. */
  policy: 1008,
  /** A frame or a body is over its limit. */
  tooLarge: 1009,
  /** The gateway failed at this client's frame. */
  internal: 1011,
  /** The gateway goes down on purpose; connect to another one at once. */
  restart: 1012,
  /** The client reads too slowly; connect again later. */
  slowConsumer: 1013,
} as const
export type CloseCode = (typeof closeCodes)[keyof typeof closeCodes]
