/** What an access token says of its bearer. */
export interface Claims {
  readonly userId: string
  readonly nickname: string
  readonly expiresAtMs: number
}

/** Access tokens: JWT, HS256, one secret shared by the roles of a system. */
export interface Tokens {
  sign(user: { readonly id: string; readonly nickname: string }, lifetimeMs: number): Promise<string>
  /** Rejects with ChatError AUTH-401 (missing, forged) or AUTH-419 (expired). */
  verify(token: string): Promise<Claims>
}
