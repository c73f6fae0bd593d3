/** Scheme and hosts of a connection string, without user, password and values of options that may be secret. */
export function withoutCredentials(url: string): string {
  const [, scheme = '', hosts = ''] = /^([\w+]+:\/\/)(?:[^@/]*@)?([^/?]*)/.exec(url) ?? []
  return scheme ? `${scheme}${hosts}/` : 'an address that is no URL'
}
