import { type Static, type TObject, type TProperties, Type } from '@sinclair/typebox'
import { limits } from '../../protocol/limits.ts'
import { messageTypes } from '../../protocol/message.ts'

/** The shapes of the REST interface: what requests are checked against, answers are written by, and OpenAPI shows. */

/** An object that refuses what it does not know: a misspelt field is a mistake, not an extension. */
function strict<T extends TProperties>(properties: T): TObject<T> {
  return Type.Object(properties, { additionalProperties: false })
}

function oneOf<const T extends string>(values: readonly T[]) {
  return Type.Unsafe<T>({ type: 'string', enum: [...values] })
}

const Id = Type.String({ minLength: 1, maxLength: 64 })
/** Something to see, no control characters, and no lone surrogates, for these have no UTF-8. */
const visible = '^(?=.*\\S)[^\\p{Cc}\\p{Cs}]+$'
const word = '^[^\\s\\p{C}]+$'
const Nickname = Type.String({ minLength: 1, maxLength: limits.nicknameChars, pattern: visible })
const Seq = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const Limit = Type.Integer({ minimum: 1, maximum: limits.pageRows, default: limits.defaultPageRows })

export const ErrorAnswer = Type.Object({
  code: Type.String({ description: 'AUTH-, ROOM-, MSG- or SYS- code of the error table' }),
  message: Type.String(),
  retryable: Type.Boolean(),
})
export type ErrorAnswer = Static<typeof ErrorAnswer>

export const UserView = Type.Object({ id: Id, login: Type.String(), email: Type.String(), nickname: Type.String() })
export const ProfileView = Type.Object({ id: Id, nickname: Type.String() })

export const SignUp = strict({
  login: Type.String({ minLength: 1, maxLength: 64, pattern: word }),
  email: Type.String({ minLength: 3, maxLength: 254, pattern: '^[^@\\s\\p{C}]+@[^@\\s\\p{C}]+$' }),
  nickname: Nickname,
  password: Type.String({ minLength: 8, maxLength: 128 }),
})
export const Login = strict({
  login: Type.String({ minLength: 1, maxLength: 64 }),
  password: Type.String({ minLength: 1, maxLength: 128 }),
})
export const RefreshToken = strict({ refresh: Type.String({ minLength: 1, maxLength: 128 }) })
export const TokenPair = Type.Object({ access: Type.String(), refresh: Type.String() })
export const LoggedIn = Type.Object({ access: Type.String(), refresh: Type.String(), user: UserView })
/** The body of a 204. */
export const Nothing = Type.Null()
export const CheckedToken = Type.Object({ userId: Id, nickname: Type.String(), expiresAtMs: Type.Integer() })

export const UserIds = strict({
  ids: Type.String({ minLength: 1, maxLength: 500 * 65, description: 'Ids, separated by commas; at most 500' }),
})
export const Profiles = Type.Object({ users: Type.Array(ProfileView) })

const RoomKind = oneOf(['direct', 'group', 'open'])
export const NewRoom = strict({
  kind: RoomKind,
  name: Type.Optional(Type.String({ minLength: 1, maxLength: 100, pattern: visible })),
  memberIds: Type.Array(Id, { maxItems: limits.roomMembers, description: 'The creator is a member anyway' }),
})
export const RoomView = Type.Object({
  id: Id,
  code: Type.String(),
  kind: RoomKind,
  name: Type.Optional(Type.String()),
  createdAtMs: Type.Integer(),
})
export const RoomCode = strict({ code: Type.String({ minLength: 1, maxLength: 64 }) })
export const RoomPath = strict({ id: Id })
export const MemberPath = strict({ id: Id, userId: Id })
export const NewMember = strict({ userId: Id })
export const Added = Type.Object({ added: Type.Boolean() })
export const Removed = Type.Object({ removed: Type.Boolean() })
export const Joined = Type.Object({ room: RoomView, added: Type.Boolean() })
export const RoomPage = strict({ cursor: Type.Optional(Type.String({ maxLength: 256 })), limit: Type.Optional(Limit) })
export const RoomList = Type.Object({
  rooms: Type.Array(
    Type.Object({
      room: RoomView,
      memberCount: Type.Integer(),
      unread: Type.Integer(),
      last: Type.Optional(
        Type.Object({ seq: Seq, type: Type.String(), body: Type.String(), acceptedAtMs: Type.Integer() }),
      ),
    }),
  ),
  next: Type.Optional(Type.String({ description: 'Cursor of the next page; missing on the last one' })),
})
export const MemberList = Type.Object({
  members: Type.Array(Type.Object({ userId: Id, nickname: Type.String(), lastDeliveredSeq: Seq, lastReadSeq: Seq })),
})

export const HistoryPage = strict({
  before: Type.Optional(Seq),
  after: Type.Optional(Seq),
  limit: Type.Optional(Limit),
})
/** `MessageBody` of the socket's MESSAGE frames. */
export const MessageView = Type.Object({
  id: Id,
  roomId: Id,
  seq: Seq,
  prevSeq: Seq,
  clientMessageId: Type.String(),
  senderId: Id,
  nickname: Type.String(),
  type: oneOf(messageTypes),
  body: Type.String(),
  fileId: Type.Optional(Type.String()),
  acceptedAt: Type.Number({ description: "The server's clock, Unix milliseconds" }),
})
export const History = Type.Object({
  messages: Type.Array(MessageView),
  nextBefore: Type.Optional(Seq),
  nextAfter: Type.Optional(Seq),
  caughtUp: Type.Optional(
    Type.Boolean({
      description: 'With `after`: the page knows everything that was accepted before the request. False: ask again',
    }),
  ),
})
/** Shows the shape; what a message may hold is judged by `sendPayload`, for the socket and here alike. */
export const NewMessage = strict({
  clientMessageId: Type.String({ minLength: 1, maxLength: limits.clientMessageIdChars }),
  type: oneOf(messageTypes.filter((type) => type !== 'SYSTEM')),
  body: Type.String({ description: `At most ${limits.bodyBytes} bytes of UTF-8` }),
  fileId: Type.Optional(Type.String()),
  sentAt: Type.Optional(Type.Union([Type.Number(), Type.String()], { description: 'Unix milliseconds or ISO 8601' })),
})
export const AcceptedMessage = Type.Object({ clientMessageId: Type.String(), id: Id, roomId: Id, seq: Seq })

export const NewReceipt = strict({ kind: oneOf(['delivered', 'read']), uptoSeq: Seq })
export const Raised = Type.Object({ raised: Type.Boolean() })
