import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import type { Result } from '../../reports/schema/result.ts'
import { buildAll, fileOf, launch, type Opened, open, removeFiles, skipReason } from '../support/browser/chromium.ts'
import { samples } from '../support/results/samples.ts'

const charts = ['load', 'deliveries', 'lateness', 'latency', 'recovery', 'backlog', 'machine']
const colours = {
  light: { p50: '#597ea6', p99: '#0b4f9c', max: '#16191d', acked: '#0b5cad', backlog: '#7a5a00' },
  dark: { p50: '#5c7f9f', p99: '#a5d0ff', max: '#f4f6f8', acked: '#7fb8f0', backlog: '#e0c060' },
} as const

/** Pixels of a chart's canvas that have a colour, opaque enough to be the line and not its soft edge. */
async function pixels(page: Page, id: string, hex: string): Promise<number> {
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16))
  return page.evaluate(`(() => {
    const canvas = document.querySelector('#chart-${id} canvas')
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true })
    copy.drawImage(canvas, 0, 0)
    const { data } = copy.getImageData(0, 0, canvas.width, canvas.height)
    let found = 0
    for (let i = 0; i < data.length; i += 4)
      if (data[i + 3] > 120 && Math.abs(data[i] - ${r}) + Math.abs(data[i + 1] - ${g}) + Math.abs(data[i + 2] - ${b}) < 12) found += 1
    return found
  })()`)
}

describe('the interactive layer', { skip: skipReason }, () => {
  let browser: Browser
  let opened: Opened
  let page: Page
  const result: Result = samples.pass()
  let url = ''
  before(async () => {
    browser = await launch()
    url = fileOf(result)
  })
  after(async () => {
    await browser.close()
    removeFiles()
  })
  afterEach(async () => {
    assert.deepEqual(opened.requests, [], 'requests')
    assert.deepEqual(opened.messages, [], 'console messages')
    await opened.close()
  })
  beforeEach(async () => {
    opened = await open(browser, url, { viewport: { width: 1280, height: 900 } })
    page = opened.page
    await buildAll(page)
  })

  const focusChart = (id: string) => page.locator(`#chart-${id} .layer`).focus()
  const readout = () => page.locator('#readout').innerText()
  const range = () => page.evaluate('labReport.state.range') as Promise<[number, number] | null>

  it('draws every chart from the columns of the result', async () => {
    const data = (await page.evaluate(
      'Object.fromEntries(Object.entries(labReport.charts).map(([id, chart]) => [id, chart.data]))',
    )) as Record<string, unknown[][]>
    assert.deepEqual(Object.keys(data).sort(), [...charts].sort())
    const { s, deliveryP50, deliveryMax, deliveryP99, acked, goodput, sent, offered, backlog } = result.series
    assert.deepEqual(data.latency, [s, deliveryP50, deliveryMax, deliveryP99])
    assert.deepEqual(data.load, [s, acked, goodput, sent, offered])
    assert.deepEqual(data.backlog, [s, backlog])
  })

  for (const colorScheme of ['light', 'dark'] as const)
    it(`no canvas is blank in the ${colorScheme} theme, and a hidden line is gone`, async () => {
      await page.emulateMedia({ colorScheme })
      await page.waitForFunction(`getComputedStyle(document.documentElement).colorScheme === '${colorScheme}'`)
      const own = colours[colorScheme]
      for (const [id, hex] of [
        ['latency', own.p50],
        ['latency', own.p99],
        ['latency', own.max],
        ['load', own.acked],
        ['deliveries', own.acked],
        ['backlog', own.backlog],
        ['lateness', own.p99],
        ['recovery', own.p99],
      ] as const)
        assert.ok((await pixels(page, id, hex)) >= 20, `${id} ${hex}`)
      await page.locator('#chart-latency .toggles button', { hasText: 'p99' }).click()
      assert.equal(await pixels(page, 'latency', own.p99), 0)
      assert.match(await page.locator('#chart-latency .hidden-note').innerText(), /p99 hidden/)
    })

  it('moves one cursor through all charts, and reads out what the result says', async () => {
    const box = await page.locator('#chart-load .layer').boundingBox()
    assert.ok(box)
    await page.locator('#chart-load .layer').scrollIntoViewIfNeeded()
    const endS = Number(await page.locator('#chart-load .plot').getAttribute('data-x1'))
    const s = 44
    await page.locator('#chart-load .layer').hover({ position: { x: (box.width * (s + 0.5)) / endS, y: 40 } })
    const places = (await page.evaluate(
      "Object.values(labReport.charts).map(({ uplot }) => uplot.posToVal(uplot.cursor.left, 'x'))",
    )) as number[]
    for (const place of places) assert.ok(Math.abs(place - s - 0.5) < 0.3, String(places))
    const text = (await readout()).replaceAll('\u202f', ' ')
    assert.match(
      text,
      new RegExp(`^${s} s · hold · offered 5 000 · acked [45] \\d{3} · p50 \\d\\.\\d\\d ms · p99 \\d\\d\\.\\d ms`),
    )
    assert.equal(text, ((await page.evaluate(`labReport.readoutText(${s})`)) as string).replaceAll('\u202f', ' '))
    assert.equal(await page.locator('.heat-cursor').isVisible(), true)
  })

  it('reads, pins and zooms by keys, and Escape gives the focus back', async () => {
    await focusChart('latency')
    await page.keyboard.press('Home')
    assert.match(await readout(), /^0\u202f?\s?s · warm-up/)
    await page.keyboard.press('Shift+ArrowRight')
    await page.keyboard.press('ArrowRight')
    assert.match(await readout(), /^11 s · base/)
    await page.keyboard.press('Enter')
    assert.match(await readout(), /pinned$/)
    await page.keyboard.press('4')
    assert.deepEqual(await range(), [22, 82])
    assert.equal(await page.getByRole('button', { name: 'hold', exact: true }).getAttribute('aria-pressed'), 'true')
    await page.keyboard.press('0')
    assert.equal(await range(), null)
    await page.keyboard.press('+')
    const zoomed = await range()
    assert.ok(zoomed && zoomed[1] - zoomed[0] === 55)
    await page.keyboard.press('-')
    assert.equal(await range(), null)
    await page.keyboard.press('y')
    assert.match(await page.locator('#chart-latency figcaption').innerText(), /y axis zoomed/)
    await page.keyboard.press('?')
    assert.deepEqual(await page.locator('#help kbd').allInnerTexts(), await page.evaluate('labReport.keys'))
    await page.keyboard.press('Escape')
    assert.equal(await page.evaluate("document.activeElement.closest('figure')?.id"), 'chart-latency')
    await page.keyboard.press('t')
    assert.equal(await page.evaluate('document.documentElement.dataset.theme'), 'dark')
    await page.keyboard.press('/')
    assert.equal(await page.evaluate("document.activeElement.closest('nav')?.id"), 'contents')
  })

  it('lets Tab reach every control in order, with a visible focus, and never traps it', async () => {
    const order = (await page.evaluate(`(() => {
      const all = [...document.querySelectorAll('a[href], button, summary, [tabindex="0"]')].filter((node) => node.checkVisibility())
      all.forEach((node, index) => { node.dataset.order = String(index) })
      return all.length
    })()`)) as number
    for (let index = 0; index < order; index += 1) {
      await page.keyboard.press('Tab')
      const [at, outline] = (await page.evaluate(
        '[document.activeElement.dataset.order, getComputedStyle(document.activeElement).outlineStyle]',
      )) as [string, string]
      assert.equal(at, String(index))
      assert.notEqual(outline, 'none')
    }
  })

  it('zooms all time charts by dragging, and a double click shows all again', async () => {
    const layer = page.locator('#chart-latency .layer')
    await layer.scrollIntoViewIfNeeded()
    const box = await layer.boundingBox()
    assert.ok(box)
    await page.mouse.move(box.x + box.width * 0.25, box.y + 100)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.5, box.y + 100, { steps: 4 })
    await page.mouse.up()
    const [from, to] = (await range()) ?? []
    assert.ok(Math.abs((from ?? 0) - 27.5) < 0.5 && Math.abs((to ?? 0) - 55) < 0.5, `${from} ${to}`)
    const scales = (await page.evaluate(
      'Object.values(labReport.charts).map(({ uplot }) => [uplot.scales.x.min, uplot.scales.x.max])',
    )) as number[][]
    for (const scale of scales) assert.deepEqual(scale, [from, to])
    await layer.dblclick({ position: { x: 200, y: 100 } })
    assert.equal(await range(), null)
  })

  it('opens a link in the state it carries, keeps it in the address, and ignores nonsense aloud', async () => {
    const linked = await open(browser, `${url}#latency?t=20,45&hide=p50&m=ack`)
    await buildAll(linked.page)
    const state = (await linked.page.evaluate(
      '[labReport.state.range, [...labReport.state.hidden], labReport.state.metric, labReport.charts.latency.data[1]]',
    )) as unknown[]
    assert.deepEqual(state, [[20, 45], ['p50'], 'ack', result.series.ackP50])
    await linked.page.getByRole('button', { name: 'Whole run' }).click()
    assert.match(linked.page.url(), /#latency\?hide=p50&m=ack$/)
    await linked.close()
    const wrong = await open(browser, `${url}#latency?t=45,20`)
    assert.match(await wrong.page.locator('#readout').innerText(), /was ignored/)
    assert.equal(await wrong.page.evaluate('labReport.state.range'), null)
    await wrong.close()
  })

  it('gives the data as CSV, in a box where the clipboard is closed', async () => {
    await page.evaluate("navigator.clipboard.writeText = () => Promise.reject(new Error('no'))")
    await focusChart('latency')
    await page.keyboard.press('c')
    const [first, head, ...rows] = (await page.locator('#csv textarea').inputValue()).split('\n')
    assert.equal(first, `# run ${result.run.id}`)
    assert.equal(head, 's,deliveryP50 [us],deliveryMax [us],deliveryP99 [us]')
    const { s, deliveryP50, deliveryMax, deliveryP99 } = result.series
    const parsed = rows.map((row) => row.split(',').map((cell) => (cell === '' ? null : Number(cell))))
    assert.deepEqual(
      parsed,
      s.map((second, i) => [second, deliveryP50[i], deliveryMax[i], deliveryP99[i]]),
    )
  })

  it('prints the whole run although the page was zoomed', async () => {
    await focusChart('latency')
    await page.keyboard.press('4')
    await page.evaluate("dispatchEvent(new Event('beforeprint'))")
    const endS = Number(await page.locator('#chart-latency .plot').getAttribute('data-x1'))
    assert.equal(await page.locator('#chart-latency .ink').getAttribute('viewBox'), `0 0 ${endS} 280`)
    await page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert.deepEqual(await range(), [22, 82])
  })
})
