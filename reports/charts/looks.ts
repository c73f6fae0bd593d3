import { type Content, html, Markup } from '../html.ts'
import type { ComparisonArm } from '../schema/comparison.ts'

/** How an arm looks in every picture: never by colour alone. */
export interface Look {
  readonly className: string
  /** Id of the mark's shape. */
  readonly mark: string
}

/** A backend keeps its colour and its shape in all reports; what is no backend takes what is free. */
const backends = ['sqlite', 'mysql', 'mongo', 'cassandra', 'postgres']
const shapes = [
  '<circle r="4.5"/>',
  '<path d="M-4-4h8v8h-8z"/>',
  '<path d="M0-5 5 4h-10z"/>',
  '<path d="M0-5.5 5.5 0 0 5.5-5.5 0z"/>',
  '<path d="M0 5 5-4h-10z"/>',
  '<path d="m-5-3 2-2 3 3 3-3 2 2-3 3 3 3-2 2-3-3-3 3-2-2 3-3z"/>',
]

/** The second of an A/A pair has the shape of the first and no colour. */
export function looksOf(arms: readonly ComparisonArm[]): ReadonlyMap<string, Look> {
  const slots = new Map<string, number>()
  for (const arm of arms) if (!arm.floorOnly) slots.set(arm.name, freeSlot(arm.value, [...slots.values()]))
  const looks = arms.map((arm): [string, Look] => {
    const twin = arms.find((other) => other.value === arm.value && !other.floorOnly)
    const slot = slots.get(arm.name) ?? slots.get(twin?.name ?? '') ?? 0
    return [arm.name, { className: arm.floorOnly ? 'arm-floor' : `arm-${slot}`, mark: `mark-${slot}` }]
  })
  return new Map(looks)
}

/** Beyond as many arms as there are shapes, looks repeat; the names beside the marks do not. */
function freeSlot(value: string, taken: readonly number[]): number {
  const own = backends.indexOf(value)
  if (own >= 0 && !taken.includes(own)) return own
  // The neutral colour of the first backend comes last.
  const order = [...shapes.keys()].slice(1).concat(0)
  return order.find((slot) => !taken.includes(slot)) ?? taken.length % shapes.length
}

export const markDefinitions = new Markup(shapes.map((shape, slot) => `<g id="mark-${slot}">${shape}</g>`).join(''))

/** An arm's mark in running text, beside its name. */
export function markOf(look: Look | undefined, hollow = false): Content {
  if (!look) return null
  return html`<svg class="mark-in-text run-dots ${look.className}" viewBox="-8 -8 16 16" aria-hidden="true"><use${hollow ? html` class="hollow"` : null} href="#${look.mark}"/></svg>`
}
