import { topics } from '../chat/record.ts'
import type { Fanout } from '../fanouts/fanout.ts'
import type { DurableLog } from '../logs/log.ts'
import type { Store } from '../stores/store.ts'
import { LogFirst } from './log-first.ts'
import type { Pipeline } from './pipeline.ts'
import { StoreFirst } from './store-first.ts'

export interface PipelineParts {
  readonly store: Pick<Store, 'appendDrafts' | 'logEpoch'>
  readonly log: DurableLog | undefined
  readonly fanout: Fanout
}

export interface PipelineChoice {
  readonly pipeline: 'store-first' | 'log-first'
  readonly knobs: { readonly partitions: number; readonly lingerMs: number }
}

/**
 * Opens the pipeline an edition names (an `Edition` is a `PipelineChoice`).
 * `learns`: the pipeline also takes in the identities of messages the fan-out brings. Set it where the process
 * has a gateway: its fan-out reads every message anyway, elsewhere this would make it do so.
 */
export async function openPipeline(
  choice: PipelineChoice,
  parts: PipelineParts,
  options: { readonly learns: boolean },
): Promise<Pipeline> {
  const { lingerMs, partitions } = choice.knobs
  const { store, log, fanout } = parts
  if (choice.pipeline === 'store-first') return new StoreFirst({ store, fanout, lingerMs })
  if (log === undefined) throw new TypeError('pipeline log-first needs an edition with a log')
  const topic = await log.openTopic(topics.messages, partitions)
  const epoch = await store.logEpoch(topic.id)
  const pipeline = new LogFirst({ log, epoch, lingerMs, learns: options.learns })
  if (options.learns) {
    await fanout.subscribe({ onMessages: (messages) => pipeline.learn(messages), onSignals: () => {} })
  }
  return pipeline
}
