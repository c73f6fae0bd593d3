/** The key of idempotence: what a sender calls a message, in one string. */
export function identityOf(message: { readonly senderId: string; readonly clientMessageId: string }): string {
  return `${message.senderId}\u0000${message.clientMessageId}`
}
