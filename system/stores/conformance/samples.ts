import { limits } from '../../protocol/limits.ts'
import type { ChatMessage, Draft } from '../../protocol/message.ts'
import type { Room, User } from '../directory.ts'
import type { Store } from '../store.ts'

/** Texts that have been lost, cut or changed on the way to some database. */
export const bodies: readonly string[] = [
  '',
  'hello',
  '안녕하세요, 오늘 저녁에 축구 보러 갈래요?',
  'e\u0301 is not é, 한 is not 한',
  '😀👩‍👩‍👧‍👦𠜎 four bytes each',
  `'single' "double" \`back\` \\ back\\slash; DROP TABLE message; -- $ne {"a":1} %s`,
  '\u0001\u0007\b\t\n\u000b\f\r\u001b\u007f\u0085\u2028\u2029\ufeff',
  ' leading and trailing ',
  'a\u0000b',
  'x'.repeat(limits.bodyBytes),
  'é'.repeat(limits.bodyBytes / 2),
  '가'.repeat(Math.floor(limits.bodyBytes / 3)),
  '😀'.repeat(limits.bodyBytes / 4),
]

/** Names of the greatest length, in characters that take one, three and four bytes. Length counts as JavaScript's does. */
export const longestNames: readonly string[] = ['x', '가', '😀'].map((character) =>
  character.repeat(limits.clientMessageIdChars / character.length),
)

/** Nicknames of the greatest length, which counts code points. */
export const longestNicknames: readonly string[] = ['x', '가', '😀'].map((character) =>
  character.repeat(limits.nicknameChars),
)

/** Texts that some collation holds to be equal to another one of them. */
export const lookAlikes: readonly string[] = [
  ...['A', 'a', 'a ', 'ａ', 'á', 'a\u0301', 'a\u0000', 'a\u200b'],
  ...['ss', 'ß', '가', '\u1100\u1161', 'が', 'か', '😀', '😁'],
]

export function draft(k: number, changes: Partial<Draft> = {}): Draft {
  return {
    id: `01MSG${String(k).padStart(21, '0')}`,
    roomId: 'room-1',
    senderId: 'user-1',
    nickname: '별명',
    clientMessageId: `c-${k}`,
    type: 'TALK',
    body: `message ${k}`,
    acceptedAtMs: 1_700_000_000_000 + k,
    ...changes,
  }
}

/** Message k of a room whose seqs are 1, 2, 3 ... */
export function message(k: number, changes: Partial<ChatMessage> = {}): ChatMessage {
  return { ...draft(k), seq: k, prevSeq: k - 1, ...changes }
}

export function messages(count: number, changes: Partial<ChatMessage> = {}): ChatMessage[] {
  return Array.from({ length: count }, (_, i) => message(i + 1, changes))
}

export function user(k: number, changes: Partial<User> = {}): User {
  return {
    id: `user-${k}`,
    login: `login-${k}`,
    email: `u${k}@example.test`,
    nickname: `별명-${k}`,
    passwordHash: `hash-${k}`,
    createdAtMs: 1_700_000_000_000 + k,
    ...changes,
  }
}

export function room(k: number, changes: Partial<Room> = {}): Room {
  return { id: `room-${k}`, code: `code-${k}`, kind: 'group', createdAtMs: 1_600_000_000_000 + k, ...changes }
}

export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const inner of Object.values(value)) deepFreeze(inner)
  }
  return value
}

/** The whole room in order of seq, in pages so small that paging itself is at work. */
export async function wholeRoom(
  store: Pick<Store, 'readAfter'>,
  roomId = 'room-1',
  pageRows = 7,
): Promise<ChatMessage[]> {
  const rows: ChatMessage[] = []
  for (;;) {
    const page = await store.readAfter(roomId, rows.at(-1)?.seq ?? 0, pageRows)
    rows.push(...page)
    if (page.length < pageRows) return rows
  }
}

/** The same, walked from the newest back. */
export async function wholeRoomBackwards(store: Store, roomId = 'room-1', pageRows = 7): Promise<ChatMessage[]> {
  const rows: ChatMessage[] = []
  for (;;) {
    const page = await store.readBefore(roomId, rows.at(-1)?.seq, pageRows)
    rows.push(...page)
    if (page.length < pageRows) return rows
  }
}
