import {
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  LineInterpolation,
  ScaleDistribution,
  ScaleDistributionConfigBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  type DynamicConfigValue,
  FieldColorBuilder,
  FieldColorModeId,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus'
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries'
import { type Board, grafanaUnits, type Panel, parts } from './board.ts'
import { type Look, looks, palette } from './palette.ts'
import { of, ofRuns } from './query.ts'

/** Makes Grafana's JSON of a board. */

const source = { type: 'prometheus', uid: `\${datasource}` }
const tag = 'chat-lab'
const panelHeight = 8

export function renderBoard(board: Board): Dashboard {
  const builder = new DashboardBuilder(board.title)
    .uid(board.uid)
    .description(board.about)
    .tags([tag])
    .timezone('browser')
    .readonly()
    .time({ from: 'now-15m', to: 'now' })
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'))
    .withVariable(
      values('backend', 'Backend', 'label_values(up{run!=""}, backend)').includeAll(true).allValue('.*').multi(true),
    )
    .withVariable(runVariable(board))
    .annotation(spans('Phases', `lab_phase${selectorOf(board)} == 1`, 'phase', palette.dark.muted))
    .annotation(spans('Faults', `lab_fault_active${selectorOf(board)} == 1`, 'fault', palette.dark.fault))
    .link(
      new DashboardLinkBuilder('Boards of the lab')
        .type(DashboardLinkType.Dashboards)
        .tags([tag])
        .keepTime(true)
        .includeVars(true),
    )
  board.panels.forEach((panel, index) => {
    builder.withPanel(panelOf(panel, index + 1))
  })
  return builder.build()
}

const selectorOf = (board: Board) => (board.manyRuns ? ofRuns() : of())

const values = (name: string, label: string, query: string) =>
  new QueryVariableBuilder(name)
    .label(label)
    .datasource(source)
    .query(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalDesc)

function runVariable(board: Board) {
  const variable = values('run', 'Run', 'label_values(up{backend=~"$backend"}, run)')
  return board.manyRuns ? variable.includeAll(true).allValue('.*').multi(true) : variable
}

/** Grafana joins samples that follow each other to one span. */
const spans = (name: string, expr: string, label: string, color: string) =>
  new AnnotationQueryBuilder()
    .name(name)
    .datasource(source)
    .enable(true)
    .iconColor(color)
    .expr(expr)
    .step('1s')
    .titleFormat(`{{${label}}}`)
    .textFormat('{{run}}')
    .tagKeys(label)

function panelOf(panel: Panel, id: number) {
  const builder = new PanelBuilder()
    .id(id)
    .title(panel.title)
    .description(descriptionOf(panel))
    .datasource(source)
    .unit(grafanaUnits[panel.unit])
    .span(panel.columns ?? 12)
    .height(panelHeight)
    .drawStyle(GraphDrawStyle.Line)
    .lineInterpolation(panel.unit === 'count' ? LineInterpolation.StepAfter : LineInterpolation.Linear)
    .lineWidth(1.5)
    .fillOpacity(panel.stacked ? 25 : 0)
    .showPoints(VisibilityMode.Auto)
    .spanNulls(false)
    .scaleDistribution(scaleOf(panel))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName))
    .stacking(new StackingConfigBuilder().mode(panel.stacked ? StackingMode.Normal : StackingMode.None))
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs(['max', 'lastNotNull']),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
  // A line of zeros is no reason for an axis of millionths.
  if (panel.scale !== 'log') builder.min(0)
  panel.lines.forEach((line, index) => {
    const refId = String.fromCharCode(65 + index)
    builder.withTarget(
      new DataqueryBuilder().datasource(source).refId(refId).expr(line.expr).legendFormat(line.name).range(),
    )
    if (line.look) builder.overrideByQuery(refId, overrideOf(looks[line.look]))
  })
  return builder
}

const scaleOf = (panel: Panel) =>
  panel.scale === 'log'
    ? new ScaleDistributionConfigBuilder().type(ScaleDistribution.Log).log(10)
    : new ScaleDistributionConfigBuilder().type(ScaleDistribution.Linear)

export function descriptionOf(panel: Panel): string {
  const needs = (panel.needs ?? []).map((part) => `Only where there is ${parts[part]}.`)
  const only = panel.lines.length === 1
  const empty = panel.lines.flatMap(({ name, mayBeEmpty }) =>
    mayBeEmpty === undefined ? [] : [only ? `Empty ${mayBeEmpty}.` : `No ${name.split(' ')[0]} ${mayBeEmpty}.`],
  )
  return [panel.about, ...needs, ...empty].join(' ')
}

function overrideOf(look: Look): DynamicConfigValue[] {
  return [
    { id: 'color', value: { mode: 'fixed', fixedColor: palette.dark[look.color] } },
    { id: 'custom.lineWidth', value: look.width },
    ...(look.dash ? [{ id: 'custom.lineStyle', value: { fill: 'dash', dash: [...look.dash] } }] : []),
    ...(look.fill === undefined ? [] : [{ id: 'custom.fillOpacity', value: look.fill }]),
  ]
}
