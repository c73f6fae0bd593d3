/** The address of a Kafka as the system wants it, whether the runtime writes the scheme or not. */
export function logUrlOf({ url }: { readonly url: string }): string {
  return url.startsWith('kafka://') ? url : `kafka://${url}`
}
