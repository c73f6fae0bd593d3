import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'

interface Cost {
  readonly N: number
  readonly r: number
  readonly p: number
}

/** One of the equivalent settings of the OWASP Password Storage Cheat Sheet; this one needs 16 MiB a hash. */
const cost: Cost = { N: 16_384, r: 8, p: 5 }
const keyBytes = 32
const saltBytes = 16

/** `scrypt$N$r$p$salt$key`, salt and key in base64url: a hash carries what is needed to check it. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes)
  const key = await derive(password, salt, cost)
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), key.toString('base64url')].join('$')
}

/**
 * Whether the password belongs to the hash, compared in constant time.
 * An undefined or unreadable hash costs the same time as a wrong password: how long it takes says nothing about
 * whether the user exists.
 */
export async function passwordMatches(password: string, hash: string | undefined): Promise<boolean> {
  const parsed = hash === undefined ? undefined : parse(hash)
  const { salt, key, cost } = parsed ?? nobody
  const derived = await derive(password, salt, cost)
  return timingSafeEqual(derived, key) && parsed !== undefined
}

const nobody = { salt: randomBytes(saltBytes), key: randomBytes(keyBytes), cost }

function parse(hash: string): typeof nobody | undefined {
  const match = /^scrypt\$(\d+)\$(\d+)\$(\d+)\$([\w-]+)\$([\w-]+)$/.exec(hash)
  if (!match) return undefined
  const [, N, r, p, salt, key] = match as unknown as [string, string, string, string, string, string]
  const keyBuffer = Buffer.from(key, 'base64url')
  if (keyBuffer.byteLength !== keyBytes) return undefined
  return { salt: Buffer.from(salt, 'base64url'), key: keyBuffer, cost: { N: Number(N), r: Number(r), p: Number(p) } }
}

function derive(password: string, salt: Buffer, { N, r, p }: Cost): Promise<Buffer> {
  // Unicode writes one text in several ways; NIST SP 800-63B 5.1.1.2 asks for one form before hashing.
  const text = password.normalize('NFKC')
  const options: ScryptOptions = { N, r, p, maxmem: 2 * 128 * N * r }
  return new Promise((resolve, reject) => {
    scrypt(text, salt, keyBytes, options, (error, key) => (error ? reject(error) : resolve(key)))
  })
}
