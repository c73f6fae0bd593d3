import { type Prose, plainText } from '../figures.ts'
import { formatLatencyBound } from '../format.ts'
import { html, type Markup } from '../html.ts'
import type { Result, Spectrum } from '../schema/result.ts'
import { pixel, shorter, spread } from './path.ts'
import { logScale, position, type Scale } from './scale.ts'

const height = 280
export const spectrumWidth = 1_000
const tickQuantiles = [0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999]

/** Latency at each quantile, the tail stretched: x is the logarithm of 1 / (1 - q). */
export function spectrumFigure(result: Result, finding: Prose, notEvidence: boolean): Markup {
  const curves = result.spectrum.filter((curve) => curve.points.length > 0)
  if (curves.length === 0) return html`<p class="none">Percentile spectrum: no samples.</p>`
  const scale = logScale(curves.flatMap((curve) => curve.points.map(([, us]) => us)))
  const decades = reach(curves)
  const y = (us: number) => height * (1 - position(scale, us))
  const names = curves.map((curve) => curve.phase).join(' ')
  return html`<figure class="chart spectrum" id="chart-spectrum" role="group" aria-labelledby="h-spectrum" aria-describedby="d-spectrum" data-series="${names}" data-unit="us">
<figcaption><h3 id="h-spectrum">${finding}</h3><p class="how" id="d-spectrum">Delivery latency by percentile. Each step right is ten times rarer; dotted: fewer than ten messages beyond.</p></figcaption>
${notEvidence ? html`<p class="stamp">not evidence</p>` : null}<div class="frame h280">
<svg class="gutter" aria-hidden="true">${latencyTicks(scale, height)}</svg>
<svg class="plot" role="img" aria-label="${plainText(finding)}" data-x0="0" data-x1="${decades}" data-y0="${scale.min}" data-y1="${scale.max}">${scale.ticks.map((tick) => html`<line class="grid" x2="100%" y1="${pixel(y(tick))}" y2="${pixel(y(tick))}"/>`)}<svg class="ink" viewBox="0 0 ${spectrumWidth} ${height}" preserveAspectRatio="none">${curves.map((curve) => curvePaths(curve, `ph-${curve.phase}`, curve.phase, decades, y))}</svg></svg>
<svg class="ends" aria-hidden="true">${endLabels(curves, y)}</svg>
${quantileAxis(decades)}
</div></figure>`
}

/** Decades that the finite quantiles need; the maximum (quantile 1) sits at the right edge. */
export function reach(curves: readonly Pick<Spectrum, 'points'>[]): number {
  const finite = curves.flatMap((curve) => curve.points.flatMap(([q]) => (q < 1 ? [-Math.log10(1 - q)] : [])))
  return Math.max(2, finite.reduce((top, value) => Math.max(top, value), 0) + 0.25)
}

/** From 0 at the median's left to `spectrumWidth` at the last decade. */
export const quantileX = (quantile: number, decades: number): number =>
  (spectrumWidth * Math.min(decades, -Math.log10(Math.max(1e-12, 1 - quantile)))) / decades

/** A curve: solid while enough messages lie beyond, then dotted. */
export function curvePaths(
  { points, solid }: Pick<Spectrum, 'points' | 'solid'>,
  className: string,
  series: string,
  decades: number,
  y: (us: number) => number,
): Markup {
  // The maximum of a curve stands a quarter of a decade after its last quantile, not at infinity.
  const last = points.findLast(([q]) => q < 1)?.[0] ?? 0
  const end = 1 - (1 - last) / 10 ** 0.25
  const dots = points.map(([q, us]) => `${Math.round(quantileX(q < 1 ? q : end, decades))} ${pixel(y(us))}`)
  const edge = solid < 0 ? points.length : Math.max(0, solid)
  const path = (kind: string, part: readonly string[]) =>
    part.length < 2
      ? html``
      : html`<path class="line ${kind} ${className}" data-series="${series}" d="${shorter(`M${part.join('L')}`)}"/>`
  return html`${path('sure', dots.slice(0, edge))}${path('thin', dots.slice(Math.max(0, edge - 1)))}`
}

/** Names of a log axis of latencies: all ticks where there is room, else one a decade. */
export function latencyTicks(scale: Scale, height: number): Markup[] {
  const roomy = height / Math.max(1, scale.ticks.length - 1) >= 15
  return scale.ticks
    .filter((tick) => roomy || /^10*$/.test(String(tick)))
    .map((tick) => {
      const at = pixel(height * (1 - position(scale, tick)))
      return html`<text class="tick" x="100%" dx="-8" y="${at}" dy="4">${formatLatencyBound(tick)}</text>`
    })
}

function endLabels(curves: readonly Spectrum[], y: (us: number) => number): Markup[] {
  const places = spread(
    curves.map((curve) => y(curve.points.at(-1)?.[1] ?? 1)),
    16,
    height - 2,
  )
  return curves.map((curve, index) => {
    const at = pixel(places[index] as number)
    return html`<path class="line ph-${curve.phase}" d="M4 ${at}h14"/><text class="end" x="24" y="${at + 4}">${curve.phase}</text>`
  })
}

/** Pixels that the plot has at least, on a wide and on a narrow page: what the names of its ticks must fit into. */
const plotWidth = { wide: 300, narrow: 220 }
const digitWidth = 7.2

const quantileText = (quantile: number) => `${Number((quantile * 100).toPrecision(7))} %`

/** From the left, those whose names do not touch the one before. */
function namedQuantiles(decades: number, width: number): ReadonlySet<number> {
  const named = new Set<number>()
  let free = 0
  for (const quantile of tickQuantiles) {
    const half = (quantileText(quantile).length * digitWidth) / 2
    const x = (-Math.log10(1 - quantile) / decades) * width
    if (x - half < free && named.size > 0) continue
    named.add(quantile)
    free = x + half + 4
  }
  return named
}

export function quantileAxis(decades: number): Markup {
  const [wide, narrow] = [plotWidth.wide, plotWidth.narrow].map((width) => namedQuantiles(decades, width))
  const ticks = tickQuantiles.flatMap((quantile) => {
    const at = -Math.log10(1 - quantile)
    if (at > decades) return []
    const x = `${Number(((100 * at) / decades).toFixed(2))}%`
    const kind = `${at > 0.9 * decades ? ' last' : ''}${narrow?.has(quantile) ? '' : ' wide'}`
    const name = wide?.has(quantile)
      ? html`<text class="tick-x${kind}" x="${x}" y="17">${quantileText(quantile)}</text>`
      : null
    return [html`<line class="tick-mark" x1="${x}" x2="${x}" y2="4"/>${name}`]
  })
  return html`<svg class="xaxis" aria-hidden="true"><line class="axis" x2="100%" y1="0.5" y2="0.5"/>${ticks}</svg>`
}

/** The axis of a narrow panel: no median, no sign. */
export function narrowQuantileInk(decades: number): Markup {
  const shown = tickQuantiles.slice(1, 5).filter((quantile) => -Math.log10(1 - quantile) <= decades)
  const ticks = shown.map((quantile) => {
    const x = `${Number(((100 * -Math.log10(1 - quantile)) / decades).toFixed(2))}%`
    // Where decades are narrow, 99.9 gives way to its neighbours.
    const named = decades < 5 || quantile !== 0.999
    const text = html`<text class="tick-x" x="${x}" y="17">${Number((quantile * 100).toPrecision(6))}</text>`
    return html`<line class="tick-mark" x1="${x}" x2="${x}" y2="4"/>${named ? text : null}`
  })
  return html`<line class="axis" x2="100%" y1="0.5" y2="0.5"/>${ticks}`
}
