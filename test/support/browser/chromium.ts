import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { renderRunReport } from '../../../reports/run/render.ts'
import type { Result } from '../../../reports/schema/result.ts'

/** A real Chromium for the tests of the pages, and pages opened from files, as a reader opens them. */

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

export const executable = process.env.CHROMIUM ?? places.find(existsSync)

/** Reason to skip, or false. Where CI is set nothing is skipped: the tests fail for want of a browser. */
export const skipReason: string | false =
  executable === undefined && !process.env.CI ? 'no Chromium found (apt-get install chromium, or set CHROMIUM)' : false

/** Without these the browser calls home at every start, and as root it needs no sandbox. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export function launch(): Promise<Browser> {
  if (executable === undefined) throw new Error('no Chromium found: install the package chromium, or set CHROMIUM')
  return chromium.launch({ executablePath: executable, args })
}

export interface Opened {
  readonly page: Page
  /** Addresses that the page asked for, its own file aside. */
  readonly requests: string[]
  readonly messages: string[]
  readonly close: () => Promise<void>
}

const folders: string[] = []

export const fileOf = (result: Result): string => pageFile(renderRunReport(result))

/** A finished page as a file; its address. */
export function pageFile(html: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'lab-report-'))
  folders.push(folder)
  const file = join(folder, 'report.html')
  writeFileSync(file, html)
  return pathToFileURL(file).href
}

export function removeFiles(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
}

export async function open(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext({ offline: true, ...options })
  const page = await context.newPage()
  const requests: string[] = []
  const messages: string[] = []
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== url.split('#')[0]) requests.push(request.url())
  })
  page.on('console', (message) => messages.push(message.text()))
  page.on('pageerror', (error) => messages.push(error.message))
  await page.goto(url)
  return { page, requests, messages, close: () => context.close() }
}

/** All canvases at once instead of as the reader scrolls. */
export const buildAll = (page: Page): Promise<number> => page.evaluate('labReport.buildAll()')
