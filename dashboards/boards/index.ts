import type { Board } from '../board.ts'
import { gateways } from './gateways.ts'
import { generator } from './generator.ts'
import { kafka } from './kafka.ts'
import { overview } from './overview.ts'
import { path } from './path.ts'
import { runs } from './runs.ts'
import { store } from './store.ts'

/** In the order a reader goes through them. */
export const boards: readonly Board[] = [overview, path, store, kafka, gateways, generator, runs]
