import { spawn } from 'node:child_process'

/** Shows a file or an address as the desktop would. */
export function openFile(target: string): void {
  const opener = process.platform === 'darwin' ? 'open' : process.platform === 'win32' ? 'start' : 'xdg-open'
  const child = spawn(opener, [target], { stdio: 'ignore', detached: true })
  // A machine without a desktop has no opener; the path has been printed.
  child.on('error', () => undefined)
  child.unref()
}
