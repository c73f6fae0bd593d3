import { button, element } from './dom.ts'
import { toggleTheme } from './theme.ts'

/** Picks one run out of all pictures; the page is whole without it. */

const turns = [...document.querySelectorAll<HTMLElement>('.turn')]
const marks = document.querySelectorAll<SVGElement | HTMLElement>('.run-dots > [data-run], .panel [data-series], .turn')
const series = [...document.querySelectorAll<SVGElement>('.lane-dots')]
const runs: readonly { readonly id: string }[] = JSON.parse(
  document.getElementById('comparison')?.textContent ?? '',
).runs
const runOf = (mark: Element) => mark.getAttribute('data-run') ?? mark.getAttribute('data-series') ?? ''

const choice = element(
  'select',
  {},
  element('option', { value: '' }, 'all runs'),
  ...turns.map((turn) =>
    element('option', { value: runOf(turn) }, `${turn.getAttribute('value')} ${turn.innerText}: ${runOf(turn)}`),
  ),
)

function pick(run: string): void {
  choice.value = run
  document.documentElement.classList.toggle('picked', run !== '')
  for (const mark of marks) mark.classList.toggle('is-picked', run !== '' && runOf(mark) === run)
  pickInLanes(runs.findIndex(({ id }) => id === run))
}

/** A lane is one path: its dot of the run is drawn again, on top. */
function pickInLanes(run: number): void {
  for (const old of document.querySelectorAll('.lane-dots.is-picked')) old.remove()
  for (const path of series) {
    const at = (path.getAttribute('data-runs') ?? '').split(' ').indexOf(String(run))
    if (at < 0) continue
    const dot = path.cloneNode() as SVGElement
    dot.setAttribute('d', `M${path.getAttribute('d')?.split('M')[at + 1]}`)
    dot.setAttribute('data-runs', String(run))
    dot.classList.add('is-picked')
    path.parentNode?.append(dot)
  }
}

choice.addEventListener('change', () => pick(choice.value))
addEventListener('click', ({ target }) => {
  const mark = target instanceof Element ? target.closest('.run-dots > [data-run], .turn') : null
  if (mark) pick(runOf(mark) === choice.value ? '' : runOf(mark))
})
addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target === choice) return
  if (event.key === 't') toggleTheme()
  if (event.key === 'Escape') pick('')
})

const controls = [
  button('Theme', toggleTheme, { 'aria-keyshortcuts': 't' }),
  button('Print', () => print()),
  element('label', { class: 'pick' }, 'Pick out ', choice),
]
document.getElementById('controls')?.append(...(turns.length > 1 ? controls : controls.slice(0, 2)))
