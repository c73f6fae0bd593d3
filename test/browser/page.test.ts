import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { fitting } from '../../lab/run/fit.ts'
import { collisions, pdfSkip, themes, violations, widths } from '../support/browser/checks.ts'
import { buildAll, fileOf, launch, open, removeFiles, skipReason } from '../support/browser/chromium.ts'
import { hourResult } from '../support/results/hour.ts'
import { samples } from '../support/results/samples.ts'

describe('the page in Chromium', { skip: skipReason }, () => {
  let browser: Browser
  before(async () => {
    browser = await launch()
  })
  after(async () => {
    await browser.close()
    removeFiles()
  })

  const pages = { ...samples, hour: () => fitting(hourResult) }
  for (const name of ['pass', 'invalid', 'eventful', 'one second', 'no acks', 'hour'] as const)
    it(`${name}: no request, no message, no overflow, no touching names at any width and theme`, async () => {
      const url = fileOf(pages[name]())
      const opened = await open(browser, url, { viewport: { width: 1280, height: 900 } })
      const { page, requests, messages } = opened
      await buildAll(page)
      for (const colorScheme of themes)
        for (const width of widths) {
          await page.emulateMedia({ colorScheme })
          await page.setViewportSize({ width, height: 900 })
          const sizes = await page.evaluate(
            '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
          )
          const [scroll, client] = sizes as [number, number]
          assert.ok(scroll <= client, `${width}: ${scroll} > ${client}`)
          if (colorScheme === 'light') assert.deepEqual(await collisions(page), [], `at ${width}`)
        }
      assert.equal(await page.evaluate('document.getAnimations().length'), 0)
      assert.deepEqual(requests, [])
      assert.deepEqual(messages, [])
      await opened.close()
    })

  it('axe finds nothing: wide and light, narrow and dark, with the help open, and on a page with faults', async () => {
    const { page, close } = await open(browser, fileOf(samples.pass()), { viewport: { width: 1280, height: 900 } })
    await buildAll(page)
    assert.deepEqual(await violations(page), [], 'wide')
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize({ width: 400, height: 900 })
    await page.keyboard.press('?')
    assert.deepEqual(await violations(page), [], 'narrow, dark, help open')
    await close()
    const faulty = await open(browser, fileOf({ ...samples.fail(), events: samples.eventful().events }), {
      colorScheme: 'dark',
    })
    assert.deepEqual(await violations(faulty.page), [], 'with faults')
    await faulty.close()
  })

  it('is whole without script: verdict, tables, pictures, and no dead control', async () => {
    const { page, messages, close } = await open(browser, fileOf(samples.fail()), { javaScriptEnabled: false })
    assert.equal(await page.locator('button:visible, dialog, canvas').count(), 0)
    assert.equal(await page.locator('h1').innerText(), 'FAIL')
    for (const id of ['load', 'latency', 'backlog', 'recovery'])
      assert.ok((await page.locator(`#chart-${id} .ink path`).first().boundingBox())?.width, id)
    assert.equal(await page.locator('#command').innerText(), samples.fail().run.command)
    assert.deepEqual(messages, [])
    await close()
  })

  it('prints light, with pictures instead of canvases, and the whole run', async () => {
    const options = { colorScheme: 'dark', viewport: { width: 1280, height: 900 } } as const
    const { page, close } = await open(browser, fileOf(samples.invalid()), options)
    await buildAll(page)
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
    const shown = (selector: string) => page.locator(selector).first().isVisible()
    assert.equal(await shown('canvas'), false)
    assert.equal(await shown('#toolbar'), false)
    assert.ok(await shown('#chart-latency .ink .line'))
    assert.equal(
      await page.evaluate('getComputedStyle(document.documentElement).backgroundColor'),
      'rgb(255, 255, 255)',
    )
    const stamps = await page.locator('.stamp:visible').count()
    assert.ok(stamps >= 8)
    await close()
  })

  for (const format of ['A4', 'Letter'] as const)
    it(`as a PDF on ${format}: verdict, every level, command and run are in its text`, {
      skip: pdfSkip(),
    }, async () => {
      const result = samples.pass()
      const { page, close } = await open(browser, fileOf(result))
      const pdf = await page.pdf({ format, printBackground: true })
      const text = execFileSync('pdftotext', ['-layout', '-', '-'], { input: pdf, encoding: 'utf8' })
      for (const part of ['PASS', result.run.id, result.run.command, 'p99 delivery', 'lost after ack'])
        assert.ok(text.includes(part), part)
      assert.ok(text.split('\f').length < 14)
      await close()
    })

  it('keeps its words under forced colours', async () => {
    const { page, close } = await open(browser, fileOf(samples.fail()), { forcedColors: 'active' })
    assert.ok(await page.locator('h1').isVisible())
    await close()
  })

  it('stays within its budgets', async (t) => {
    const { page, close } = await open(browser, fileOf(samples.pass()))
    await buildAll(page)
    const nodes = (await page.evaluate("document.querySelectorAll('*').length")) as number
    const bytes = (await page.content()).length
    t.diagnostic(`${nodes} DOM nodes (budget 4000), ${bytes} bytes (budget 400000)`)
    assert.ok(nodes < 2 * 4_000)
    assert.ok(bytes < 2 * 400_000)
    await close()
  })

  it('an hour stays within them, too, and reads out columns of any length', async (t) => {
    const result = fitting(hourResult)
    const { s, widthS } = result.series
    const { page, close } = await open(browser, fileOf(result))
    await buildAll(page)
    const nodes = (await page.evaluate("document.querySelectorAll('*').length")) as number
    t.diagnostic(`${nodes} DOM nodes`)
    assert.ok(nodes <= 4_000)
    for (const [index, from] of s.entries()) {
      const length = (s[index + 1] ?? result.run.durationS) - from
      const text = (await page.evaluate(`labReport.readoutText(${index})`)) as string
      assert.match(text, new RegExp(`^${from} s · .* · ${length} s column$`))
      assert.equal(text.includes('worst second'), widthS > 1)
    }
    const times = (await page.evaluate('[...labReport.charts.latency.uplot.data[0]]')) as number[]
    assert.deepEqual(
      times,
      s.map((from, index) => (from + (s[index + 1] ?? result.run.durationS)) / 2),
    )
    const csv = (await page.evaluate("labReport.csvOf('backlog')")) as string
    assert.match(
      csv,
      /columns of \d+ s or up to the next one, gauges at their most\ns,backlog \[msg\],backlogMin \[msg\]\n/,
    )
    await close()
  })
})
