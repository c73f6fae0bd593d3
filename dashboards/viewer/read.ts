import type { ViewedAnnotation, ViewedBoard, ViewedLook, ViewedPanel } from './view.ts'

/** Reads the built JSON: the page draws what Grafana would, not what the boards' source says. */

interface GrafanaOverride {
  readonly matcher: { readonly id: string; readonly options: string }
  readonly properties: readonly { readonly id: string; readonly value: unknown }[]
}

interface GrafanaPanel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description: string
  readonly gridPos: { readonly w: number }
  readonly fieldConfig: {
    readonly defaults: {
      readonly unit: string
      readonly custom: {
        readonly lineInterpolation: string
        readonly scaleDistribution: { readonly type: string }
        readonly stacking: { readonly mode: string }
      }
    }
    readonly overrides: readonly GrafanaOverride[]
  }
  readonly targets: readonly { readonly refId: string; readonly expr: string; readonly legendFormat: string }[]
}

interface GrafanaDashboard {
  readonly uid: string
  readonly title: string
  readonly description: string
  readonly panels: readonly GrafanaPanel[]
  readonly templating: { readonly list: readonly { readonly name: string; readonly multi?: boolean }[] }
  readonly annotations: {
    readonly list: readonly { readonly name: string; readonly expr: string; readonly tagKeys: string }[]
  }
}

export function readBoard(text: string): ViewedBoard {
  const { uid, title, description, panels, templating, annotations } = JSON.parse(text) as GrafanaDashboard
  return {
    uid,
    title,
    description,
    manyRuns: templating.list.some(({ name, multi }) => name === 'run' && multi === true),
    panels: panels.map(readPanel),
    annotations: annotations.list.map(({ name, expr, tagKeys }): ViewedAnnotation => ({ name, expr, label: tagKeys })),
  }
}

function readPanel(panel: GrafanaPanel): ViewedPanel {
  if (panel.type !== 'timeseries')
    throw new Error(`panel "${panel.title}" is a ${panel.type}: only timeseries is drawn`)
  const { defaults, overrides } = panel.fieldConfig
  return {
    id: panel.id,
    title: panel.title,
    description: panel.description,
    unit: defaults.unit,
    scale: defaults.custom.scaleDistribution.type === 'log' ? 'log' : 'linear',
    stacked: defaults.custom.stacking.mode === 'normal',
    stepped: defaults.custom.lineInterpolation === 'stepAfter',
    columns: panel.gridPos.w,
    targets: panel.targets.map(({ refId, expr, legendFormat }) => ({ refId, expr, legendFormat })),
    looks: Object.fromEntries(
      overrides.filter(({ matcher }) => matcher.id === 'byFrameRefID').map((one) => [one.matcher.options, lookOf(one)]),
    ),
  }
}

function lookOf({ properties }: GrafanaOverride): ViewedLook {
  const value = <T>(id: string, otherwise: T) => (properties.find((one) => one.id === id)?.value as T) ?? otherwise
  return {
    color: value('color', { fixedColor: '' }).fixedColor,
    width: value('custom.lineWidth', 1.5),
    dash: value<{ dash: readonly number[] }>('custom.lineStyle', { dash: [] }).dash,
    fill: value('custom.fillOpacity', 0),
  }
}
