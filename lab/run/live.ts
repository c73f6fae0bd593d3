import { createLogUpdate } from 'log-update'
import type { Progress } from '../../compose/component.ts'
import { formatBytes, formatCount, formatLatency, formatRate, noFigure } from '../../reports/format.ts'
import type { Sample } from '../measure/samples.ts'
import type { TimelineSecond } from '../measure/timeline.ts'

/** What somebody who watches a run is told. Everything goes to stderr: stdout belongs to the product. */
export interface LiveView {
  /** What the lab is doing now. */
  step(text: string): void
  progress(progress: Progress): void
  second(line: TimelineSecond): void
  sample(sample: Sample): void
  /** Something that must stay readable: a fault, an exit, a warning. */
  note(text: string): void
  /** Leaves the last picture standing. */
  close(): void
}

interface Picture {
  step: string
  line: TimelineSecond | null
  sample: Sample | null
  cpu: ReadonlyMap<string, number>
}

const rates = ({ offered, sent, acked, delivered }: TimelineSecond): string =>
  `offered ${formatRate(offered)}  sent ${formatRate(sent)}  acked ${formatRate(acked)}  delivered ${formatRate(delivered)} /s`

const p99 = ({ p99Us }: TimelineSecond): string => (p99Us === null ? noFigure : formatLatency(p99Us))

function progressText({ component, step, doneBytes, totalBytes, secondsLeft }: Progress): string {
  const size =
    doneBytes === undefined || totalBytes === undefined
      ? ''
      : ` ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`
  const left = secondsLeft === undefined ? '' : `, about ${Math.ceil(secondsLeft)} s left`
  return `${component}: ${step}${size}${left}`
}

/** Cores used since the sample before, by process group. */
function coresBetween(before: Sample | null, now: Sample): ReadonlyMap<string, number> {
  if (before === null) return new Map()
  return new Map(
    [...now.processes].map(([name, usage]) => {
      const then = before.processes.get(name)
      const seconds = then === undefined ? 0 : (usage.atMs - then.atMs) / 1000
      return [name, seconds <= 0 ? 0 : (usage.cpuSeconds - then!.cpuSeconds) / seconds]
    }),
  )
}

/** Plain lines: at the start of each phase and every `everyS` seconds in it. */
export function plainView(stream: NodeJS.WritableStream, everyS = 5): LiveView {
  let phase = ''
  let lastStep = ''
  let sample: Sample | null = null
  const say = (text: string) => stream.write(`${text}\n`)
  return {
    step: say,
    progress: (progress) => {
      // Downloads tell every few kilobytes; a log file needs each step once.
      const step = `${progress.component}: ${progress.step}`
      if (step !== lastStep) say(progressText(progress))
      lastStep = step
    },
    second: (line) => {
      if (line.phase === phase && line.s % everyS !== 0) return
      phase = line.phase
      const backlog = sample?.backlog == null ? '' : `  backlog ${formatCount(sample.backlog)}`
      say(`${String(line.s).padStart(4)} s  ${line.phase.padEnd(8)}  ${rates(line)}  p99 ${p99(line)}${backlog}`)
    },
    sample: (now) => {
      sample = now
    },
    note: say,
    close: () => {},
  }
}

/** A picture that is drawn over: for terminals. */
export function terminalView(stream: NodeJS.WriteStream, phases: readonly string[]): LiveView {
  const update = createLogUpdate(stream, { showCursor: true })
  const picture: Picture = { step: '', line: null, sample: null, cpu: new Map() }
  const draw = () => update(drawing(picture, phases))
  return {
    step: (text) => {
      picture.step = text
      draw()
    },
    progress: (progress) => {
      picture.step = progressText(progress)
      draw()
    },
    second: (line) => {
      picture.line = line
      picture.step = ''
      draw()
    },
    sample: (now) => {
      picture.cpu = coresBetween(picture.sample, now)
      picture.sample = now
      draw()
    },
    note: (text) => {
      update.clear()
      stream.write(`${text}\n`)
      draw()
    },
    close: () => update.done(),
  }
}

function drawing({ step, line, sample, cpu }: Picture, phases: readonly string[]): string {
  const lines: string[] = []
  if (line !== null) {
    const road = phases.map((phase) => (phase === line.phase ? `[${phase}]` : phase)).join(' > ')
    const late = line.lateP99Us === null ? noFigure : formatLatency(line.lateP99Us)
    lines.push(`${String(line.s).padStart(4)} s  ${road}`)
    lines.push(`        ${rates(line)}`)
    lines.push(`        p99 ${p99(line)}  send lateness p99 ${late}  sockets ${formatCount(line.connected)}`)
  }
  if (sample !== null) {
    const backlog = sample.backlog === null ? noFigure : formatCount(sample.backlog)
    const cores = [...cpu].map(([name, used]) => `${name} ${used.toFixed(2)}`).join('  ')
    lines.push(`        backlog ${backlog}  CPU cores: ${cores}`)
  }
  if (step !== '') lines.push(step)
  return lines.join('\n')
}
