/** What a run is given by whoever starts it, and how it ends. */
import type { Session, SessionOptions } from '../../compose/component.ts'
import type { Result } from '../../reports/schema/result.ts'
import type { LiveView } from './live.ts'
import type { TargetSystem } from './target.ts'

export interface LabParts {
  readonly openSession: (options: SessionOptions) => Promise<Session>
  /** The system under test; foreign ones attach here. */
  readonly target: (session: Session, runId: string) => TargetSystem
  readonly view: LiveView
  /** First Ctrl-C: end the load, keep what was measured. */
  readonly stop: AbortSignal
  /** Second Ctrl-C: tear down, skip the rest. */
  readonly giveUp: AbortSignal
  readonly env: Readonly<Record<string, string | undefined>>
}

export interface FinishedRun {
  readonly result: Result
  readonly folder: string
}

/** The run was stopped by hand before anything had been measured. */
export class StoppedBeforeLoad extends Error {}
