import { button } from './dom.ts'
import { toggleTheme } from './theme.ts'

document.getElementById('controls')?.append(
  button('Theme', toggleTheme, { 'aria-keyshortcuts': 't' }),
  button('Print', () => print()),
)
