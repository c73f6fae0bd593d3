import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  intendedMs,
  messageCount,
  offeredRate,
  type Profile,
  phaseAt,
  phaseNames,
  profileDurationMs,
  profileProblems,
} from '../../../scenarios/profiles.ts'

const profiles: fc.Arbitrary<Profile> = fc.array(
  fc.record({
    phase: fc.constantFrom(...phaseNames),
    durationMs: fc.integer({ min: 1, max: 8 }).map((s) => s * 1000),
    fromRate: fc.integer({ min: 0, max: 60 }),
    toRate: fc.integer({ min: 0, max: 60 }),
  }),
  { minLength: 1, maxLength: 5 },
)

/** The slow oracle: messages due before each millisecond, by adding up the rate in its middle. */
function dueBefore(profile: Profile): number[] {
  const sums = [0]
  for (let ms = 0; ms < profileDurationMs(profile); ms++) sums.push(sums[ms]! + offeredRate(profile, ms + 0.5) / 1000)
  return sums
}

test('every message is due when the summed rate says so, never earlier than the one before', () => {
  fc.assert(
    fc.property(profiles, (profile) => {
      const sums = dueBefore(profile)
      assert.equal(messageCount(profile), Math.ceil(sums.at(-1)! - 1e-6))
      let previous = 0
      for (let k = 0; k < messageCount(profile); k++) {
        const at = intendedMs(profile, k)
        assert.ok(at >= previous && at <= profileDurationMs(profile), `message ${k} at ${at} after ${previous}`)
        assert.ok(sums[Math.floor(at)]! <= k + 1e-6 && sums[Math.ceil(at)]! >= k - 1e-6, `message ${k} at ${at}`)
        previous = at
      }
    }),
    { numRuns: 60 },
  )
})

test('the generator in Go and this side give the same times', () => {
  const url = new URL('../../../scenarios/generator/testdata/intended.json', import.meta.url)
  const vectors: { profiles: { segments: Profile; count: number; intendedUs: [number, number][] }[] } = JSON.parse(
    readFileSync(url, 'utf8'),
  )
  assert.equal(vectors.profiles.length, 4)
  for (const { segments, count, intendedUs } of vectors.profiles) {
    assert.equal(messageCount(segments), count)
    for (const [k, us] of intendedUs) {
      assert.ok(
        Math.abs(intendedMs(segments, k) * 1000 - us) <= 1,
        `message ${k}: ${intendedMs(segments, k)} ms, ${us} us`,
      )
    }
  }
})

test('nothing is due in a pause', () => {
  const profile: Profile = [
    { phase: 'base', durationMs: 2000, fromRate: 5, toRate: 5 },
    { phase: 'base', durationMs: 3000, fromRate: 0, toRate: 0 },
    { phase: 'rise', durationMs: 1000, fromRate: 5, toRate: 5 },
  ]
  const due = Array.from({ length: messageCount(profile) }, (_, k) => intendedMs(profile, k))
  assert.deepEqual(
    due.filter((ms) => ms >= 2000 && ms < 5000),
    [],
  )
  assert.equal(due[10], 5000)
})

test('rate and phase are those of the segment, and nothing outside the profile', () => {
  const profile: Profile = [
    { phase: 'base', durationMs: 1000, fromRate: 10, toRate: 10 },
    { phase: 'rise', durationMs: 2000, fromRate: 10, toRate: 30 },
  ]
  assert.deepEqual(
    [-1, 0, 999, 2000, 3000].map((ms) => [offeredRate(profile, ms), phaseAt(profile, ms)]),
    [
      [0, undefined],
      [10, 'base'],
      [10, 'base'],
      [20, 'rise'],
      [0, undefined],
    ],
  )
})

test('an impossible profile is refused with every problem', () => {
  const problems = profileProblems([{ phase: 'warm-up', durationMs: 1500, fromRate: -1, toRate: Number.NaN }])
  assert.equal(problems.length, 4)
  assert.deepEqual(profileProblems([{ phase: 'hold', durationMs: 1000, fromRate: 0, toRate: 0 }]), [
    'the profile asks for no message',
  ])
})
