import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Definition, optionProblems } from '../../../scenarios/definitions/definition.ts'
import { definitions } from '../../../scenarios/definitions/index.ts'
import { measuredPhases, phaseNames, profileDurationMs, profileProblems } from '../../../scenarios/profiles.ts'

const all = Object.values(definitions)

test('every definition can be run as it stands', () => {
  for (const definition of all) {
    assert.deepEqual(optionProblems(definition.defaults), [])
    assert.deepEqual(profileProblems(definition.profile(definition.defaults)), [])
    assert.ok(existsSync(new URL(`../../../scenarios/${definition.entry}`, import.meta.url)), definition.entry)
    assert.equal(definitions[definition.name], definition)
  }
})

test('the default spike is the one that was agreed', () => {
  const { defaults, profile } = definitions.spike as Definition
  const measured = profile(defaults).filter((segment) => measuredPhases.includes(segment.phase))
  assert.deepEqual(
    measured.map(({ phase, durationMs, fromRate, toRate }) => [phase, durationMs, fromRate, toRate]),
    [
      ['base', 15_000, 100, 100],
      ['rise', 5_000, 100, 5_000],
      ['hold', 60_000, 5_000, 5_000],
      ['fall', 5_000, 5_000, 100],
      ['recovery', 20_000, 100, 100],
    ],
  )
})

test('smoke has every phase and takes 20 s', () => {
  const { defaults, profile } = definitions.smoke as Definition
  assert.equal(profileDurationMs(profile(defaults)), 20_000)
  assert.deepEqual([...new Set(profile(defaults).map((segment) => segment.phase))], [...phaseNames])
})

test('options without problems give a profile without problems', () => {
  const seconds = fc.integer({ min: 0, max: 30 }).map((s) => s * 1000)
  const options = fc.record({
    users: fc.integer({ min: 1, max: 50 }).map((n) => n * 5),
    roomSize: fc.constant(5),
    bodyBytes: fc.integer({ min: 1, max: 1000 }),
    fromRate: fc.integer({ min: 1, max: 9000 }),
    toRate: fc.integer({ min: 1, max: 9000 }),
    warmUpMs: seconds,
    baseMs: seconds,
    riseMs: seconds,
    holdMs: seconds.map((ms) => ms + 1000),
    fallMs: seconds,
    recoveryMs: seconds,
  })
  fc.assert(
    fc.property(options, (given) => {
      assert.deepEqual(optionProblems(given), [])
      const profile = definitions.spike!.profile(given)
      assert.deepEqual(profileProblems(profile), [])
      const {
        users: _users,
        roomSize: _roomSize,
        bodyBytes: _bytes,
        fromRate: _from,
        toRate: _to,
        ...durations
      } = given
      const total = Object.values(durations).reduce((sum, ms) => sum + ms, 0)
      assert.equal(profileDurationMs(profile), total)
    }),
  )
})

test('impossible options are refused with every problem', () => {
  const problems = optionProblems({
    ...definitions.spike!.defaults,
    users: 0,
    roomSize: 7,
    bodyBytes: 102_401,
    toRate: -1,
    holdMs: 1500,
  })
  assert.equal(problems.length, 5)
  assert.deepEqual(optionProblems({ ...definitions.spike!.defaults, users: 12 }), [
    'users 12 do not fill rooms of 5: take a multiple of it',
  ])
})
