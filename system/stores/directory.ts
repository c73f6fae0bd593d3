/**
 * Users, rooms and memberships. Every method is idempotent by its keys unless it says otherwise.
 * Rejects with `StoreError`; a broken rule (taken name, unknown room) with `ChatError`.
 */
export interface Directory {
  /** Rejects with AUTH-409 when login, email or nickname is taken; nothing is written then. */
  addUser(user: User): Promise<void>
  userByLogin(login: string): Promise<User | undefined>
  usersByIds(ids: readonly string[]): Promise<User[]>

  /**
   * Creates the room with its members. For kind `direct` exactly two members; a second room of the same pair
   * yields the first one, with both as its members: who had left it is back, with new marks.
   */
  createRoom(room: Room, memberIds: readonly string[]): Promise<CreatedRoom>
  roomById(id: string): Promise<Room | undefined>
  roomByCode(code: string): Promise<Room | undefined>
  /** Resolves `added: false` when the user is a member already. ROOM-404 unknown room, ROOM-409 full or direct. */
  addMember(roomId: string, userId: string): Promise<{ added: boolean }>
  /** Resolves `removed: false` when the user was no member. */
  removeMember(roomId: string, userId: string): Promise<{ removed: boolean }>
  isMember(roomId: string, userId: string): Promise<boolean>
  members(roomId: string): Promise<Member[]>
  /** The user's rooms in order of last message, newest first; at most `limit`, after `cursor`. */
  roomsOf(userId: string, page: { limit: number; cursor?: string }): Promise<{ rooms: RoomListEntry[]; next?: string }>
  /**
   * Raises the member's mark of that kind; never lowers it. What is read was delivered, so `read` raises both.
   * Resolves false when the mark did not rise.
   */
  raiseReceipt(roomId: string, userId: string, kind: 'delivered' | 'read', uptoSeq: number): Promise<boolean>

  /** Bulk path for seeding a run: writes all, in batches, as fast as the engine takes it. Names must be new. */
  seed(users: readonly User[], rooms: readonly { room: Room; memberIds: readonly string[] }[]): Promise<void>

  /** Refresh tokens by hash; a token is spent when it is taken. */
  putRefresh(tokenHash: string, userId: string, expiresAtMs: number): Promise<void>
  takeRefresh(tokenHash: string): Promise<{ userId: string; expiresAtMs: number } | undefined>
}

export interface User {
  readonly id: string
  readonly login: string
  readonly email: string
  readonly nickname: string
  readonly passwordHash: string
  readonly createdAtMs: number
}

export interface Room {
  readonly id: string
  readonly code: string
  readonly kind: 'direct' | 'group' | 'open'
  readonly name?: string
  readonly createdAtMs: number
}

export interface CreatedRoom {
  /** The room given, or the one that was there instead. */
  readonly room: Room
  /** Members of a direct room who had left it and are back by this call. */
  readonly returned: readonly string[]
}

export interface Member {
  readonly userId: string
  readonly nickname: string
  readonly lastDeliveredSeq: number
  readonly lastReadSeq: number
}

export interface RoomListEntry {
  readonly room: Room
  readonly memberCount: number
  readonly unread: number
  readonly last?: { readonly seq: number; readonly type: string; readonly body: string; readonly acceptedAtMs: number }
}
