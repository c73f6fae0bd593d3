/** What the page gets from its server: the runs and the boards, cut down from Grafana's JSON to what is drawn. */

export interface ViewedRun {
  readonly id: string
  readonly backend: string
  /** `PASS`, or null while it runs. */
  readonly outcome: string | null
  readonly fromUnixMs: number
  /** Null: it is still running. */
  readonly toUnixMs: number | null
}

export interface ViewedTarget {
  readonly refId: string
  readonly expr: string
  readonly legendFormat: string
}

export interface ViewedLook {
  readonly color: string
  readonly width: number
  readonly dash: readonly number[]
  readonly fill: number
}

export interface ViewedPanel {
  readonly id: number
  readonly title: string
  readonly description: string
  /** Grafana's name of the unit. */
  readonly unit: string
  readonly scale: 'linear' | 'log'
  readonly stacked: boolean
  readonly stepped: boolean
  /** Grid columns of 24. */
  readonly columns: number
  readonly targets: readonly ViewedTarget[]
  /** Looks by refId; a target without one gives its lines looks in turn. */
  readonly looks: Readonly<Record<string, ViewedLook>>
}

export interface ViewedAnnotation {
  readonly name: string
  readonly expr: string
  /** The label that names a span. */
  readonly label: string
}

export interface ViewedBoard {
  readonly uid: string
  readonly title: string
  readonly description: string
  readonly manyRuns: boolean
  readonly panels: readonly ViewedPanel[]
  readonly annotations: readonly ViewedAnnotation[]
}

export interface View {
  readonly runs: readonly ViewedRun[]
  readonly boards: readonly ViewedBoard[]
}
