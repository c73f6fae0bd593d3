/** The colours of the reports (reports/page/palette.css; a test keeps both equal). Grafana gets the dark set: its default theme. */

export const palette = {
  light: {
    text: '#16191d',
    muted: '#4f5762',
    bad: '#b3261e',
    p50: '#597ea6',
    p99: '#0b4f9c',
    max: '#16191d',
    acked: '#0b5cad',
    goodput: '#a6480a',
    sent: '#00795f',
    fault: '#8a1c6b',
    backlog: '#7a5a00',
  },
  dark: {
    text: '#e8eaed',
    muted: '#a9b1bb',
    bad: '#ff8f85',
    p50: '#5c7f9f',
    p99: '#a5d0ff',
    max: '#f4f6f8',
    acked: '#7fb8f0',
    goodput: '#f2a15f',
    sent: '#3fc9a5',
    fault: '#f08bd0',
    backlog: '#e0c060',
  },
} as const

export type ColorName = keyof (typeof palette)['dark']

/** How a line looks: colour, width and dashes together tell lines apart, as in the reports. */
export interface Look {
  readonly color: ColorName
  readonly width: number
  readonly dash?: readonly [number, number]
  /** Share of opacity below the line, 0 to 100. */
  readonly fill?: number
}

export const looks = {
  p50: { color: 'p50', width: 1.5 },
  p99: { color: 'p99', width: 2.5 },
  'p99.9': { color: 'max', width: 1, dash: [4, 3] },
  offered: { color: 'muted', width: 1.5, dash: [6, 3] },
  sent: { color: 'sent', width: 1.5, dash: [1, 3] },
  acked: { color: 'acked', width: 2.5 },
  delivered: { color: 'goodput', width: 1.5 },
  errors: { color: 'bad', width: 1.5 },
  backlog: { color: 'backlog', width: 1.5, fill: 25 },
  limit: { color: 'bad', width: 1.5, dash: [2, 2] },
  read: { color: 'sent', width: 1.5 },
  written: { color: 'goodput', width: 1.5 },
  plain: { color: 'acked', width: 1.5 },
} as const satisfies Record<string, Look>

export type LookName = keyof typeof looks

/** Lines that a label names get these in turn: first by colour, then by dashes, too. */
export const turns: readonly Look[] = [
  { color: 'acked', width: 1.5 },
  { color: 'goodput', width: 1.5 },
  { color: 'sent', width: 1.5 },
  { color: 'fault', width: 1.5 },
  { color: 'backlog', width: 1.5 },
  { color: 'muted', width: 1.5 },
]
