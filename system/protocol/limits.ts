/** Limits every role agrees on. */
export const limits = {
  bodyBytes: 102_400,
  /** JSON may write one byte of text as six (`\u0000`); a frame over this is refused before it is read whole. */
  frameBytes: 6 * 102_400 + 4_096,
  clientMessageIdChars: 64,
  nicknameChars: 50,
  roomMembers: 10_000,
  roomsPerUser: 5_000,
  socketsPerGateway: 5_000,
  subscriptionsPerSocket: 1_000,
  outboundBytesPerSocket: 1_048_576,
  pageRows: 200,
  defaultPageRows: 50,
} as const
