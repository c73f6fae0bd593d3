import { narrowSpace } from '../format.ts'
import { html, Markup } from '../html.ts'
import type { Dot } from './dotStrip.ts'
import { position, type Scale } from './scale.ts'

/** A small dot strip for a table: a lane an arm, a path a series of dots, so that many metrics fit one page. */

export interface Lane {
  /** The arm's. */
  readonly className: string
  readonly dots: readonly Dot[]
  readonly median: number | null
}

const laneHeight = 18
/** Between the topmost and the lowest dot of a lane. */
const spreadY = 8
const width = 1_000

const tenth = (value: number) => Math.round(value * 10) / 10
const xOf = (scale: Scale, value: number) => tenth(width * position(scale, value))

/** The ends of the axis stand in one line of two words, pushed apart by the style. */
export function laneStrip(
  lanes: readonly Lane[],
  scale: Scale,
  label: string,
  tick: (value: number) => string,
): Markup {
  const height = laneHeight * lanes.length
  const grid = scale.ticks.map((value) => `M${xOf(scale, value)} 0v${height}`).join('')
  const ticks = lanes.flatMap(({ median }, lane) =>
    median === null ? [] : `M${xOf(scale, median)} ${lane * laneHeight + 2}v${laneHeight - 4}`,
  )
  const middles = ticks.length === 0 ? null : html`<path class="line lane-median" d="${ticks.join('')}"/>`
  const series = lanes.map((lane, index) => laneDots(lane, index, scale))
  const ends = [scale.min, scale.max].map((value) => tick(value).replaceAll(' ', narrowSpace)).join(' ')
  return html`<svg class="lane-strip" role="img" aria-label="${label}" height="${height}" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" data-v0="${scale.min}" data-v1="${scale.max}" data-scale="${scale.kind}"><path class="line grid" d="${grid}"/>${middles}${series}</svg><small>${ends}</small>`
}

/** Runs that count, then rings for those that do not. */
function laneDots({ className, dots }: Lane, lane: number, scale: Scale): Markup {
  const top = laneHeight * lane + (laneHeight - spreadY) / 2
  const places = dots.map((dot, index) => {
    const y = dots.length < 2 ? spreadY / 2 : (spreadY * index) / (dots.length - 1)
    return { dot, at: `M${xOf(scale, dot.value)} ${tenth(top + y)}h0` }
  })
  const path = (counts: boolean, rest: string) => {
    const own = places.filter(({ dot }) => dot.counts === counts)
    if (own.length === 0) return ''
    const d = own.map(({ at }) => at).join('')
    const runs = own.map(({ dot }) => dot.index).join(' ')
    const dotted = html`<path class="dots lane-dots ${className}" data-runs="${runs}"${new Markup(rest)} d="${d}"/>`
      .text
    return counts ? dotted : `${dotted}<path class="dots hole" d="${d}"/>`
  }
  return new Markup(`${path(true, '')}${path(false, ' data-excluded="true"')}`)
}
