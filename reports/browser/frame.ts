import { position, timeTicks } from '../charts/scale.ts'
import { endS, onChange, state } from './run.ts'

/** Moves what the static picture placed in per cent of the whole run to where it belongs in the seconds in view. */

const placed = ['x', 'x1', 'x2'] as const
type Original = {
  readonly node: SVGElement
  readonly name: string
  readonly fromS: number
  readonly widthS: number | null
}

const seconds = (percentText: string) => (Number.parseFloat(percentText) * endS) / 100

function originals(frame: Element): Original[] {
  const found: Original[] = []
  for (const node of frame.querySelectorAll<SVGElement>('.plot > *, .strip > *')) {
    const grid = node.classList.contains('grid')
    for (const name of placed) {
      const value = node.getAttribute(name)
      if (grid || value === null || !value.endsWith('%')) continue
      const width = name === 'x' ? node.getAttribute('width') : null
      found.push({ node, name, fromS: seconds(value), widthS: width === null ? null : seconds(width) })
    }
  }
  return found
}

export function followZoom(frame: Element): void {
  const nodes = originals(frame)
  const inks = [...frame.querySelectorAll<SVGElement>('.ink')].map((ink) => ({
    ink,
    box: ink.getAttribute('viewBox')?.split(' ').map(Number) ?? [],
  }))
  const axis = frame.querySelector('.xaxis')
  const whole = axis?.innerHTML ?? ''
  const update = () => {
    const [from, to] = state.range ?? [0, endS]
    const share = (s: number) => `${Number(((100 * (s - from)) / (to - from)).toFixed(3))}%`
    for (const { node, name, fromS, widthS } of nodes) place(node, name, fromS, widthS, share)
    for (const { ink, box } of inks)
      ink.setAttribute(
        'viewBox',
        `${((box[2] ?? 0) * from) / endS} 0 ${((box[2] ?? 0) * (to - from)) / endS} ${box[3]}`,
      )
    if (axis) axis.innerHTML = state.range === null ? whole : axisMarkup(from, to)
    frame.classList.toggle('zoomed', state.range !== null)
  }
  onChange(update)
  update()
}

/** A phase's name sits in the middle of the part of the phase that is in view. */
function place(
  node: SVGElement,
  name: string,
  fromS: number,
  widthS: number | null,
  share: (s: number) => string,
): void {
  const { from: start, to: stop } = node.dataset
  const [viewFrom, viewTo] = state.range ?? [0, endS]
  if (start !== undefined && stop !== undefined) {
    const [left, right] = [Math.max(viewFrom, Number(start)), Math.min(viewTo, Number(stop))]
    node.classList.toggle('outside', right <= left)
    node.setAttribute(name, share((left + right) / 2))
    return
  }
  node.setAttribute(name, share(fromS))
  if (widthS !== null) node.setAttribute('width', `${Number(((100 * widthS) / (viewTo - viewFrom)).toFixed(3))}%`)
}

function axisMarkup(from: number, to: number): string {
  const scale = { kind: 'linear', min: from, max: to, ticks: [] } as const
  const ticks = timeTicks(to - from, window.innerWidth > 700 ? 12 : 5)
  const step = Math.max(1, (ticks[1] ?? 1) - (ticks[0] ?? 0))
  let markup = '<line class="axis" x2="100%" y1="0.5" y2="0.5"/>'
  for (let s = Math.ceil(from / step) * step; s <= to; s += step) {
    const x = `${(100 * position(scale, s)).toFixed(3)}%`
    markup += `<line class="tick-mark" x1="${x}" x2="${x}" y2="4"/><text class="tick-x" x="${x}" y="17">${s}</text>`
  }
  return markup
}
