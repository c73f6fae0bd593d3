import type { View, ViewedBoard, ViewedRun } from '../view.ts'

/** What the page shows now, and who wants to hear when that changes. The address keeps it, nothing else does. */

export const view: View = await (await fetch('/view.json')).json()

export const state = {
  board: view.boards[0] as ViewedBoard,
  run: 0,
  /** Seconds after the start of the run that are in view; null for all of them. */
  range: null as readonly [number, number] | null,
}

type Listener = () => void
const listeners: Record<'board' | 'range', Listener[]> = { board: [], range: [] }

export const onBoard = (listener: Listener) => listeners.board.push(listener)
export const onRange = (listener: Listener) => listeners.range.push(listener)

const tell = (list: readonly Listener[]) => {
  for (const listener of list) listener()
}

/** Boards of several runs show them all, each from its own start on. */
export const shownRuns = (): readonly ViewedRun[] =>
  state.board.manyRuns ? view.runs : [view.runs[state.run] as ViewedRun]

/** Length of the longest run shown, seconds; a live one ends now. */
export const endS = (): number =>
  Math.max(...shownRuns().map(({ fromUnixMs, toUnixMs }) => ((toUnixMs ?? Date.now()) - fromUnixMs) / 1000))

export function zoomTo(from: number, to: number): void {
  const end = endS()
  const whole = from <= 0 && to >= end
  state.range = whole || to - from < 1 ? null : [Math.max(0, from), Math.min(end, to)]
  tell(listeners.range)
}

export function followAddress(): void {
  const [uid, query = ''] = location.hash.slice(1).split('?')
  const parameters = new URLSearchParams(query)
  const run = Number(parameters.get('run') ?? 0)
  state.board = view.boards.find((board) => board.uid === uid) ?? (view.boards[0] as ViewedBoard)
  state.run = view.runs[run] ? run : 0
  state.range = null
  tell(listeners.board)
}

export const addressOf = (board: ViewedBoard, run = state.run): string =>
  `#${board.uid}${run === 0 ? '' : `?run=${run}`}`
