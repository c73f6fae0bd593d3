import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** Pseudo-random numbers of one stream. */
export interface Random {
  /** A whole number from 0 to `bound` - 1, each as likely as the others to within bound / 2^32. */
  below(bound: number): number
  /** A draw from the standard normal distribution. */
  normal(): number
}

/** The first outputs of neighbouring seeds resemble each other; after these they do not. */
const discarded = 20

/**
 * A stream that depends on the seed and on what it is for, so that one figure of a comparison does not change because
 * another one was left out.
 * Generator: xoroshiro128+ (Blackman and Vigna 2018, arXiv:1805.01407), from pure-rand.
 * Normal draws: Box and Muller 1958, Annals of Mathematical Statistics 29(2), 610-611.
 */
export function randomStream(seed: number, purpose: string): Random {
  const generator = xoroshiro128plus(fingerprint(`${seed} ${purpose}`))
  for (let i = 0; i < discarded; i++) generator.next()
  const below = (bound: number): number => Math.floor(((generator.next() >>> 0) / 2 ** 32) * bound)
  const open = (): number => ((generator.next() >>> 0) + 0.5) / 2 ** 32
  return { below, normal: () => Math.sqrt(-2 * Math.log(open())) * Math.cos(2 * Math.PI * open()) }
}

/** FNV-1a, 32 bit (draft-eastlake-fnv): spreads texts over the seeds; nothing depends on its quality. */
function fingerprint(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash
}
