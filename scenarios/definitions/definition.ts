import type { Plan } from '../plan.ts'
import type { Profile } from '../profiles.ts'
import type { Slo } from '../slos.ts'

/** What a user may change about a scenario; everything else follows from it. Rates in messages a second. */
export interface ScenarioOptions {
  readonly users: number
  /** Members of each room; every user is in one room. */
  readonly roomSize: number
  readonly bodyBytes: number
  /** Rate before and after the spike. */
  readonly fromRate: number
  /** Rate of the hold. */
  readonly toRate: number
  readonly warmUpMs: number
  readonly baseMs: number
  readonly riseMs: number
  readonly holdMs: number
  readonly fallMs: number
  readonly recoveryMs: number
}

/** A scenario as plain data. The lab resolves it into a `Plan`; the file named by `entry` is what k6 loads. */
export interface Definition {
  readonly name: string
  /** One line for lists and reports. */
  readonly title: string
  /** Relative to `scenarios/`. */
  readonly entry: string
  readonly defaults: ScenarioOptions
  readonly languages: Plan['body']['languages']
  readonly arrivals: Plan['arrivals']
  readonly slos: readonly Slo[]
  readonly goodputBoundUs: number
  readonly connect: Plan['connect']
  readonly heartbeatMs: number
  readonly drain: Plan['drain']
  /** The offered load for the options; phases of no length are left out. */
  profile(options: ScenarioOptions): Profile
}

/** What is wrong with options, every problem at once, named as the fields are. */
export function optionProblems(options: ScenarioOptions): string[] {
  const problems: string[] = []
  const whole = (name: keyof ScenarioOptions, min: number, max: number) => {
    const value = options[name]
    if (!(Number.isInteger(value) && value >= min && value <= max)) {
      problems.push(`${name} is ${value}; it must be a whole number from ${min} to ${max}`)
    }
  }
  whole('users', 1, 100_000)
  whole('roomSize', 1, 10_000)
  whole('bodyBytes', 1, 102_400)
  for (const name of ['fromRate', 'toRate'] as const) {
    if (!(options[name] >= 0 && options[name] <= 1_000_000)) {
      problems.push(`${name} is ${options[name]}; it must be from 0 to 1000000 messages a second`)
    }
  }
  for (const name of ['warmUpMs', 'baseMs', 'riseMs', 'holdMs', 'fallMs', 'recoveryMs'] as const) {
    if (!(options[name] >= 0 && options[name] % 1000 === 0 && options[name] <= 86_400_000)) {
      problems.push(`${name} is ${options[name]}; it must be whole seconds, at most a day`)
    }
  }
  if (options.roomSize > options.users) {
    problems.push(`roomSize ${options.roomSize} is more than the ${options.users} users there are`)
  } else if (options.users % options.roomSize !== 0) {
    problems.push(`users ${options.users} do not fill rooms of ${options.roomSize}: take a multiple of it`)
  }
  return problems
}
