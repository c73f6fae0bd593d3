import { join } from 'node:path'
import { EnvironmentError, type Session } from '../../compose/component.ts'
import type { Result } from '../../reports/schema/result.ts'
import type { Fleet } from '../../scenarios/plan.ts'
import { profileDurationMs } from '../../scenarios/profiles.ts'
import { phaseSpans } from '../judge/phases.ts'
import type { Sample } from '../measure/samples.ts'
import type { Observer } from '../observe/observer.ts'
import { ReadClient } from '../reads/client.ts'
import { ReadPlan } from '../reads/plan.ts'
import { HistoryReads } from '../reads/reads.ts'
import { waitForEmptyBacklog } from './backlogWait.ts'
import { concludeRun, type RunSoFar } from './conclude.ts'
import { crowdOf } from './crowd.ts'
import { EventLog } from './events.ts'
import { ExitWatch, exitText } from './exits.ts'
import { FaultSchedule } from './faultSchedule.ts'
import { writeRunFolder } from './folder.ts'
import { followGenerator } from './following.ts'
import { fullDisks } from './fullDisks.ts'
import { type RunningGenerator, startGenerator } from './generator.ts'
import { observeRun } from './observation.ts'
import { type FinishedRun, type LabParts, StoppedBeforeLoad } from './parts.ts'
import type { Placement } from './placement.ts'
import { writePlan } from './plan.ts'
import type { ResolvedRun } from './resolved.ts'
import { Sampler } from './sampler.ts'
import { StorageMeter } from './storageMeter.ts'
import { StoredMarkCollector } from './storedMarks.ts'
import type { RunningTarget } from './target.ts'

const auditWhenStoppedMs = 10_000
/** A target that has just lost who stores may be silent for some seconds. */
const backlogPatience = { maxMs: 120_000, silentMaxMs: 10_000, pollMs: 200 }

function whenAborted(signal: AbortSignal, act: () => void): void {
  if (signal.aborted) act()
  else signal.addEventListener('abort', act, { once: true })
}

/** What the session accounts for, and what the target does itself. */
function meterOf(session: Session, target: RunningTarget): Pick<Session, 'sample'> {
  return {
    sample: () => {
      const { machine, processes } = session.sample()
      return { machine, processes: new Map([...processes, ...(target.usage?.() ?? [])]) }
    },
  }
}

/** From the start of the components to what is written of the run; the session is its owner's to close. */
export class LabRun {
  readonly #run: ResolvedRun
  readonly #runId: string
  readonly #folder: string
  readonly #session: Session
  readonly #parts: LabParts
  readonly #placement: Placement
  readonly #events = new EventLog()
  readonly #exits: ExitWatch
  /** What went wrong and does not touch the verdict. */
  readonly #problems: string[] = []
  #startUnixMs: number | null = null
  #observer: Observer | null = null

  constructor(
    run: ResolvedRun,
    runId: string,
    folder: string,
    session: Session,
    parts: LabParts,
    placement: Placement,
  ) {
    this.#run = run
    this.#runId = runId
    this.#folder = folder
    this.#session = session
    this.#parts = parts
    this.#placement = placement
    this.#exits = new ExitWatch({
      onExit: (exit) => parts.view.note(exitText(exit)),
      fullDisks: () => fullDisks(session.dataDir),
    })
  }

  get #outDir(): string {
    return join(this.#folder, 'generator-0')
  }

  async execute(onLoad: () => void): Promise<FinishedRun> {
    const { view } = this.#parts
    view.step('starting components')
    const system = this.#parts.target(this.#session, this.#runId)
    const [k6, target, observer] = await Promise.all([
      this.#session.k6(),
      system.start((process) => this.#exits.add(process)),
      observeRun(
        { run: this.#run, runId: this.#runId, backend: system.backend, folder: this.#folder, session: this.#session },
        this.#parts,
        {
          problem: (text) => this.#problems.push(text),
          lost: (what) => this.#events.add({ tS: this.#now(), kind: 'exit', what, planned: false }),
        },
      ),
    ])
    this.#observer = observer
    try {
      const storage = new StorageMeter(target.storage, meterOf(this.#session, target), (text) =>
        this.#problems.push(text),
      )
      await storage.empty()
      const { users, history } = this.#run
      view.step(history === 0 ? `seeding ${users} users` : `seeding ${users} users and ${history} messages of history`)
      const fleet = await this.#seed(target)
      await storage.before()
      const planFile = await writePlan(this.#run, target, fleet, this.#session.dataDir, this.#outDir)
      return await this.#load(target, fleet, storage, k6, planFile, onLoad)
    } finally {
      this.#exits.stopping()
      await observer?.close()
      await this.#placement.leave().catch((error: Error) => view.note(error.message))
      await target.close().catch((error: Error) => view.note(`the target did not close cleanly: ${error.message}`))
    }
  }

  async #federate({ scraped }: RunningTarget): Promise<void> {
    if (this.#observer === null || scraped === undefined) return
    if ('url' in scraped) return this.#observer.federate(scraped.url)
    this.#problems.push(`the run is watched from outside only: ${scraped.obstacle}`)
  }

  async #seed(target: RunningTarget): Promise<Fleet> {
    const lifetimeMs = profileDurationMs(this.#run.profile) + 3_600_000
    try {
      return await target.seed(crowdOf(this.#run, lifetimeMs))
    } catch (error) {
      const died = await this.#exits.first()
      if (died === null) throw error
      const remedy = `Read its log: ${join(this.#folder, 'logs')}`
      const text = `${exitText(died)}, before the load began.`
      throw new EnvironmentError('ENV-DIED', died.component, text, remedy, died.logLines, { cause: error })
    }
  }

  async #load(
    target: RunningTarget,
    fleet: Fleet,
    storage: StorageMeter,
    k6: string,
    planFile: string,
    onLoad: () => void,
  ): Promise<FinishedRun> {
    const { view, stop, giveUp } = this.#parts
    await this.#placement.enter()
    const faults = new FaultSchedule(this.#run.faults, target, this.#events, view.note)
    const observer = this.#observer
    const onSample = (sample: Sample) => {
      view.sample(sample)
      void observer?.sample(sample)
      void observer?.follow(target.scrapeTargets?.() ?? [])
    }
    const sampler = new Sampler(meterOf(this.#session, target), target, onSample, view.note)
    await observer?.follow(target.scrapeTargets?.() ?? [])
    for (const problem of (await observer?.exportEngines(target.engineFigures ?? [])) ?? []) {
      view.note(problem)
      this.#problems.push(problem)
    }
    await this.#federate(target)
    const reads = this.#reads(target, fleet)
    const marks = new StoredMarkCollector(target.storedMarks)
    const generator = await startGenerator(this.#session, k6, this.#run.entry, planFile, this.#outDir)
    onLoad()
    whenAborted(stop, () => generator.interrupt())
    whenAborted(giveUp, () => generator.process.kill())
    view.step('connecting the fleet')
    const exitProblem = await followGenerator(generator, this.#run, view, stop, {
      started: (startUnixMs) => {
        this.#startUnixMs = startUnixMs
        sampler.start(startUnixMs)
        faults.start(startUnixMs)
        reads?.start(startUnixMs)
        marks.start()
      },
      second: (line) => observer?.second(line),
    })
    const read = (await reads?.finish()) ?? null
    if (this.#startUnixMs === null) throw await this.#neverStarted(generator)
    const stoppedAtS = stop.aborted ? (Date.now() - this.#startUnixMs) / 1000 : null
    await faults.finish().catch((error: Error) => {
      this.#events.add({
        tS: this.#now(),
        kind: 'error',
        what: `a fault could not be undone: ${error.message}`,
        planned: false,
      })
    })
    const unstored = await this.#emptyBacklog(target)
    sampler.stop()
    await marks.finish()
    const coresSeen = this.#placement.seen(this.#session)
    const unkept = giveUp.aborted ? null : await this.#observer?.finish()
    if (unkept) this.#problems.push(unkept)
    view.step('auditing the store')
    this.#exits.stopping()
    if (!giveUp.aborted)
      await Promise.race([target.quiesce(), new Promise<void>((resolve) => whenAborted(giveUp, resolve))])
    const quick = stop.aborted ? AbortSignal.any([giveUp, AbortSignal.timeout(auditWhenStoppedMs)]) : giveUp
    const record: RunSoFar = {
      run: this.#run,
      runId: this.#runId,
      folder: this.#folder,
      outDir: this.#outDir,
      startUnixMs: this.#startUnixMs,
      target,
      fleet,
      watchers: this.#observer?.components ?? [],
      allowedCores: this.#placement.allowed,
      events: this.#events,
      exits: this.#exits,
      unstored,
      problems: this.#problems,
    }
    const watched = { samples: sampler.samples, marks, storage, exitProblem, stoppedAtS, reads: read, coresSeen }
    const result = await concludeRun(record, watched, { stop, audit: quick })
    await this.#write(result)
    return { result, folder: this.#folder }
  }

  #reads({ api }: RunningTarget, fleet: Fleet): HistoryReads | null {
    const { profile, readsPerSecond, seed } = this.#run
    if (readsPerSecond === 0) return null
    const plan = new ReadPlan(fleet, phaseSpans(profile), readsPerSecond, seed)
    const reads = new HistoryReads(plan, readsPerSecond, new ReadClient(api))
    whenAborted(this.#parts.stop, () => void reads.finish())
    return reads
  }

  /** Resolves to what was still to be stored when patience was over; null = nobody could tell. */
  async #emptyBacklog(target: RunningTarget): Promise<number | null> {
    const { view, stop } = this.#parts
    if (stop.aborted) return null
    // What ended by itself may have been the one who stores: then the wait could only be in vain.
    const enough = AbortSignal.any([stop, this.#exits.hopeless(10_000)])
    const told = (left: number | null) =>
      view.step(`waiting for ${left ?? 'an unknown number of'} messages to be stored`)
    return waitForEmptyBacklog(() => target.backlog(), told, enough, backlogPatience)
  }

  #now(): number {
    return this.#startUnixMs === null ? -1 : (Date.now() - this.#startUnixMs) / 1000
  }

  async #neverStarted(generator: RunningGenerator): Promise<Error> {
    if (this.#parts.stop.aborted) return new StoppedBeforeLoad('stopped before the first message')
    const died = await this.#exits.first()
    const lines = await generator.process.lastLogLines(10)
    return new EnvironmentError(
      'ENV-DIED',
      died?.component ?? 'load generator',
      died === null
        ? 'The load generator ended before the first message.'
        : `${exitText(died)}, before the first message.`,
      `Read the logs in ${join(this.#folder, 'logs')}`,
      died?.logLines ?? lines,
    )
  }

  /** Where the disk is full the run's own data goes first: it would be deleted anyway, what was measured would be lost. */
  async #write(result: Result): Promise<void> {
    const write = () => writeRunFolder(this.#folder, this.#outDir, result)
    try {
      await write()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      await this.#session.close()
      await write()
    }
  }
}
