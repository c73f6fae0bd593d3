/** Where a Redis is, and what stands before the names of channels and keys. */
export interface RedisAddress {
  readonly url: string
  /** Keeps systems apart that share a server: channels know no databases. */
  readonly prefix: string
}

/** `redis[s]://[user:password@]host[:port][/database][?prefix=text]`; undefined when it cannot be read. */
export function readRedisUrl(text: string): RedisAddress | undefined {
  if (!/^rediss?:\/\/./.test(text) || !URL.canParse(text)) return undefined
  const url = new URL(text)
  const prefix = url.searchParams.get('prefix') ?? ''
  if (url.hostname === '' || !/^(\/\d*)?$/.test(url.pathname) || !/^[\w.:-]*$/.test(prefix)) return undefined
  url.search = ''
  return { url: url.href, prefix }
}
