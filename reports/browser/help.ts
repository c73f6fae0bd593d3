import { element } from './dom.ts'

/** Every key that is bound, with its words: the table in the dialog and the binding read the same list. */
export const keyTexts = {
  ArrowRight: 'next column',
  ArrowLeft: 'column before',
  'Shift+ArrowRight': 'ten columns on',
  'Shift+ArrowLeft': 'ten columns back',
  Home: 'first column in view',
  End: 'last column in view',
  Enter: 'pin or release the cursor',
  '+': 'zoom in around the cursor',
  '-': 'zoom out',
  '0': 'show the whole run',
  '1': 'zoom to a phase, 1 to 7 in order',
  y: 'fit the value axis to what is in view, or back',
  c: 'copy the chart as CSV',
  '/': 'go to the contents',
  t: 'switch the theme',
  '?': 'this help',
} as const

const glossary: readonly (readonly [string, string])[] = [
  ['offered', 'messages a second that the profile asks for, whatever the system manages'],
  ['due', 'when a message should have been sent; latencies count from there'],
  ['ack latency', 'from due until the sender has the receipt: the message is durable'],
  ['delivery latency', 'from due until one member has read the message; one sample a member'],
  ['service time', 'the same, but from when the frame was really written'],
  ['send lateness', 'written minus due: the generator’s own delay'],
  ['goodput', 'messages that were acked and reached every member within the bound'],
  ['backlog', 'messages accepted but not yet stored'],
  ['indeterminate', 'sent, but neither acked nor refused'],
  ['p99', 'ninety-nine of a hundred were at most this slow'],
]

export function openHelp(): void {
  const keys = Object.entries(keyTexts).map(([key, text]) =>
    element('tr', {}, element('th', { scope: 'row' }, element('kbd', {}, key)), element('td', {}, text)),
  )
  const terms = glossary.flatMap(([term, text]) => [element('dt', {}, term), element('dd', {}, text)])
  const close = element('button', { type: 'button' }, 'Close')
  const dialog = element(
    'dialog',
    { id: 'help', 'aria-labelledby': 'help-title' },
    element('h2', { id: 'help-title' }, 'Keys and words'),
    element(
      'table',
      {},
      element('caption', {}, 'Keys on a focused chart; the last three work everywhere'),
      element('tbody', {}, ...keys),
    ),
    element('dl', {}, ...terms),
    close,
  )
  close.addEventListener('click', () => dialog.close())
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
}
