import type { Definition } from './definition.ts'
import { smoke } from './smoke.ts'
import { spike } from './spike.ts'
import { steady } from './steady.ts'

/** Every scenario there is, by name. */
export const definitions: Readonly<Record<string, Definition>> = { spike, steady, smoke }
