import type { Accepted, Pipeline } from '../../system/pipelines/pipeline.ts'
import type { ChatError } from '../../system/protocol/errors.ts'
import type { Draft } from '../../system/protocol/message.ts'

/** `Pipeline.accept` as a promise. */
export function accept(pipeline: Pipeline, draft: Draft): Promise<Accepted | ChatError> {
  return new Promise((resolve) => pipeline.accept(draft, resolve))
}
