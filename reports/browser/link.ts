import { change, endS, type Metric, metrics, onChange, result, state } from './run.ts'

/** `#latency?t=20,45&hide=p50&m=ack`: the part before `?` is an ordinary anchor, the rest is the state. */

const linkNames = () =>
  new Set(
    [...document.querySelectorAll('figure[data-series]')].flatMap((figure) =>
      (figure.getAttribute('data-series') ?? '').split(' '),
    ),
  )

/** The state in a link, or null when any part of it makes no sense: half a state would mislead. */
export function parseLink(hash: string): Pick<typeof state, 'range' | 'hidden' | 'metric'> | null {
  const query = new URLSearchParams(hash.split('?')[1] ?? '')
  const t = query.get('t')
  const [from, to] = (t ?? '').split(',').map(Number)
  const badRange = t !== null && !(from !== undefined && to !== undefined && from >= 0 && to > from && to <= endS)
  const hide = (query.get('hide') ?? '').split(',').filter((name) => name !== '')
  const known = linkNames()
  const metric = query.get('m') ?? 'delivery'
  if (badRange || hide.some((name) => !known.has(name)) || !metrics.includes(metric as Metric)) return null
  const range = t === null ? null : ([from as number, to as number] as const)
  return { range, hidden: new Set(hide), metric: metric as Metric }
}

export function linkText(): string {
  const query: string[] = []
  if (state.range) query.push(`t=${state.range.map((s) => Number(s.toFixed(2))).join(',')}`)
  if (state.hidden.size > 0) query.push(`hide=${[...state.hidden].join(',')}`)
  if (state.metric !== 'delivery') query.push(`m=${state.metric}`)
  const section = location.hash.slice(1).split('?')[0] ?? ''
  return query.length === 0 ? section && `#${section}` : `#${section || 'latency'}?${query.join('&')}`
}

export function followLink(note: (text: string) => void): void {
  const hash = decodeURIComponent(location.hash)
  if (!hash.includes('?')) return
  const parsed = parseLink(hash)
  if (parsed) change(parsed)
  else note(`The state in this link does not fit run ${result.run.id} and was ignored.`)
  document.getElementById(hash.slice(1).split('?')[0] ?? '')?.scrollIntoView()
}

/** Replaces the address as the state changes; a report opened from a mail client may not be allowed to. */
export function keepLink(): void {
  onChange(() => {
    const text = linkText()
    try {
      history.replaceState(null, '', text === '' ? location.pathname + location.search : text)
    } catch {
      // An opaque origin may not touch its address: the page works without the link.
    }
  })
}
