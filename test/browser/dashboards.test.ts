import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { boards } from '../../dashboards/boards/index.ts'
import { builtFolder } from '../../dashboards/build.ts'
import { startViewer, type Viewer } from '../../dashboards/viewer/server.ts'
import { themes, violations, widths } from '../support/browser/checks.ts'
import { launch, skipReason } from '../support/browser/chromium.ts'
import { type ServedRun, servedRun, whyUnwatched } from '../support/observed-run.ts'

const unwatched = skipReason === false ? await whyUnwatched() : null
if (unwatched !== null && process.env.CI) throw new Error(unwatched)

describe('the page of panels', { skip: skipReason || (unwatched ?? false) }, () => {
  let browser: Browser
  let served: ServedRun
  let viewer: Viewer
  let page: Page
  const foreign: string[] = []
  const messages: string[] = []

  before(async () => {
    served = await servedRun()
    const { runId, backend, outcome, fromUnixMs, toUnixMs } = served.run
    const run = { backend, outcome, fromUnixMs, toUnixMs, prometheusUrl: served.prometheusUrl }
    viewer = await startViewer({
      // The same run twice: what is chosen can be told from what is not.
      runs: [
        { ...run, id: runId },
        { ...run, id: runId, toUnixMs: toUnixMs - 1_000 },
      ],
      boards: await Promise.all(boards.map(({ uid }) => readFile(join(builtFolder, `${uid}.json`), 'utf8'))),
    })
    browser = await launch()
  })
  after(async () => {
    await browser?.close()
    await viewer?.close()
    await served?.close()
  })
  afterEach(async () => {
    await page.context().close()
    assert.deepEqual(foreign.splice(0), [], 'requests to others')
    assert.deepEqual(messages.splice(0), [], 'console messages')
  })

  async function open(hash: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<void> {
    // The page forbids evaluating strings; what the tests bring in is let through.
    const context = await browser.newContext({ bypassCSP: true, viewport: { width: 1280, height: 900 }, ...options })
    page = await context.newPage()
    page.on('request', (request) => {
      const { origin, protocol } = new URL(request.url())
      if (protocol !== 'data:' && `${origin}/` !== viewer.url) foreign.push(request.url())
    })
    page.on('console', (message) => messages.push(message.text()))
    page.on('pageerror', (error) => messages.push(error.message))
    await page.goto(viewer.url + hash)
    await loaded(hash.slice(1).split('?')[0] || boards[0]!.uid)
  }

  const loaded = (uid: string) => page.locator(`html[data-loaded="${uid}"]`).waitFor({ state: 'attached' })

  /** Pixels of each panel's canvas, in the colour of each of its lines. */
  const inkOf = () =>
    page.evaluate(`labDashboards.panels.map(({ figure, data }) => {
      const canvas = figure.querySelector('canvas')
      if (!canvas) return { title: figure.querySelector('h2').textContent, lines: 0, inks: [] }
      const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d')
      copy.drawImage(canvas, 0, 0)
      const pixels = copy.getImageData(0, 0, canvas.width, canvas.height).data
      const inks = [...figure.querySelectorAll('.lines path')].map((path) => {
        const [r, g, b] = getComputedStyle(path).stroke.match(/\\d+/g).map(Number)
        let count = 0
        for (let i = 0; i < pixels.length; i += 4)
          if (pixels[i + 3] > 60 && Math.abs(pixels[i] - r) + Math.abs(pixels[i + 1] - g) + Math.abs(pixels[i + 2] - b) < 40) count += 1
        return count
      })
      return { title: figure.querySelector('h2').textContent, lines: data.lines.length, inks }
    })`) as Promise<{ title: string; lines: number; inks: number[] }[]>

  for (const board of boards)
    it(`draws each panel of "${board.title}" in its own colours`, async () => {
      await open(`#${board.uid}`)
      const drawn = await inkOf()
      assert.deepEqual(
        drawn.map(({ title }) => title),
        board.panels.map(({ title }) => title),
      )
      drawn.forEach(({ title, lines, inks }, index) => {
        const { needs = [], lines: own } = board.panels[index]!
        const mayBeEmpty = needs.length > 0 || own.every((line) => line.mayBeEmpty !== undefined)
        if (!mayBeEmpty) assert.ok(lines > 0, `${title} is empty`)
        // One line may lie below another; a picture without any is blank.
        if (lines > 0) assert.ok(Math.max(...inks) >= 20, `${title} is blank: ${inks}`)
      })
    })

  it('says why a panel has nothing, and names phases as they were', async () => {
    await open('#chat-kafka')
    assert.match((await page.locator('.panel').first().getAttribute('class')) ?? '', /empty/)
    assert.match(await page.locator('.panel').first().innerText(), /Only where there is a message log/)
    assert.match(await page.locator('#marks').innerText(), /Phases: .*base \d.*hold \d/)
  })

  it('draws the values that Prometheus has', async () => {
    await open('')
    const [name, top] = (await page.evaluate(
      `(() => { const line = labDashboards.panels[0].data.lines[0]; return [line.name, Math.max(...line.values)] })()`,
    )) as [string, number]
    assert.equal(name, 'offered')
    assert.equal(top, 150)
    assert.match(await page.locator('.lines').first().innerText(), /offered\s*max 150\smsg\/s/)
  })

  it('board and run are chosen by mouse and address, and stay in it', async () => {
    await open('')
    await page.getByRole('link', { name: 'Store' }).click()
    await loaded('chat-store')
    assert.equal(await page.locator('[aria-current="page"]').innerText(), 'Store')
    await page.locator('#bar select').selectOption('1')
    await page.waitForURL(/#chat-store\?run=1$/)
    await page.getByRole('link', { name: 'Runs side by side' }).click()
    await loaded('chat-runs')
    assert.equal(await page.locator('.panel').first().locator('.lines li').count(), 2)
  })

  it('is used by keyboard alone: read, zoom, hide a line, see the data', async () => {
    await open('')
    const layer = page.locator('.layer').first()
    await layer.focus()
    await page.keyboard.press('Home')
    for (let press = 0; press < 5; press += 1) await page.keyboard.press('ArrowRight')
    assert.match(await page.locator('#spoken').innerText(), /^5 s: offered .+, sent .+, acked .+$/)
    const range = () => page.locator('.range').innerText()
    const whole = await range()
    await page.keyboard.press('+')
    assert.notEqual(await range(), whole)
    await page.keyboard.press('0')
    assert.equal(await range(), whole)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    const toggle = page.locator('.lines button').first()
    assert.equal(await toggle.getAttribute('aria-pressed'), 'false')
    assert.ok(await page.evaluate("document.activeElement === document.querySelector('.lines button')"))
    await page.locator('.data summary').first().focus()
    await page.keyboard.press('Enter')
    await page.locator('.data tbody tr').nth(5).waitFor()
  })

  it('dragging zooms all panels, a double click shows all again', async () => {
    await open('')
    const box = (await page.locator('.layer').first().boundingBox())!
    const y = box.y + box.height / 2
    await page.mouse.move(box.x + box.width * 0.3, y)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.6, y, { steps: 4 })
    await page.mouse.up()
    const range = (await page.evaluate('labDashboards.state.range')) as [number, number]
    assert.ok(range[0] > 0 && range[1] > range[0])
    await page.mouse.dblclick(box.x + box.width * 0.5, y)
    assert.equal(await page.evaluate('labDashboards.state.range'), null)
  })

  for (const colorScheme of themes)
    it(`has no barrier that axe knows, in the ${colorScheme} theme at every width`, async () => {
      await open('', { colorScheme })
      for (const width of widths) {
        await page.setViewportSize({ width, height: 900 })
        assert.deepEqual(await violations(page), [], `${width}`)
        const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
        assert.ok(((await page.evaluate(overflow)) as number) <= 0, `${width}: the page is wider than the window`)
      }
    })
})
