import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, describe, it } from 'node:test'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { renderComparisonReport } from '../../reports/comparison/render.ts'
import type { Comparison } from '../../reports/schema/comparison.ts'
import { collisions, pdfSkip, pixelsOf, themes, violations, widths } from '../support/browser/checks.ts'
import { launch, open, pageFile, removeFiles, skipReason } from '../support/browser/chromium.ts'
import { comparisons } from '../support/comparisons/samples.ts'

const wide = { viewport: { width: 1280, height: 900 } } as const
/** Colours of mysql, mongo and cassandra: report.md's table. */
const armColors = { light: ['#0659f0', '#1a9668', '#9d4500'], dark: ['#319eef', '#27857f', '#ce5e2e'] } as const
const pointColors = { light: '#b3261e', dark: '#ff8f85' } as const

/** Centres of the dots of a metric, as shares of their plot, in the order of the page. */
const dotPlaces = (page: Page, id: string) =>
  page.evaluate(`[...document.querySelectorAll('#chart-' + ${JSON.stringify(id)} + ' .strip-plot')].flatMap((plot) => {
    const box = plot.getBoundingClientRect()
    return [...plot.querySelectorAll('.run-dots > use')].map((dot) => {
      const own = dot.getBoundingClientRect()
      return { run: dot.dataset.run, at: (own.left + own.width / 2 - box.left) / box.width, pixel: 1 / box.width, low: Number(plot.dataset.v0), high: Number(plot.dataset.v1) }
    })
  })`) as Promise<{ run: string; at: number; pixel: number; low: number; high: number }[]>

describe('the comparison in Chromium', { skip: skipReason }, () => {
  let browser: Browser
  before(async () => {
    browser = await launch()
  })
  after(async () => {
    await browser.close()
    removeFiles()
  })
  const show = (comparison: Comparison, options: BrowserContextOptions = wide) =>
    open(browser, pageFile(renderComparisonReport(comparison)), options)

  for (const [name, build] of Object.entries(comparisons))
    it(`${name}: no request, no message, no overflow, no touching names at any width`, async () => {
      const { page, requests, messages, close } = await show(build())
      for (const width of widths) {
        await page.setViewportSize({ width, height: 900 })
        const sizes = await page.evaluate(
          '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
        )
        const [scroll, client] = sizes as [number, number]
        assert.ok(scroll <= client, `${width}: ${scroll} > ${client}`)
        assert.deepEqual(await collisions(page), [], `at ${width}`)
      }
      await page.emulateMedia({ colorScheme: 'dark' })
      assert.equal(await page.evaluate('document.getAnimations().length'), 0)
      assert.deepEqual([requests, messages], [[], []])
      await close()
    })

  it('axe finds nothing: wide and light, narrow and dark, whole and partial', async () => {
    for (const name of ['missed SLO', 'partial'] as const) {
      const { page, close } = await show(comparisons[name]())
      assert.deepEqual(await violations(page), [], `${name}, wide`)
      await page.emulateMedia({ colorScheme: 'dark' })
      await page.setViewportSize({ width: 400, height: 900 })
      assert.deepEqual(await violations(page), [], `${name}, narrow, dark`)
      await close()
    }
  })

  it('puts each dot where its value is, at both widths', async () => {
    const comparison = comparisons['invalid run']()
    const { page, close } = await show(comparison)
    for (const width of [1280, 400]) {
      await page.setViewportSize({ width, height: 900 })
      const places = await dotPlaces(page, 'metric-0')
      assert.equal(places.length, comparison.runs.length)
      for (const { run, at, pixel, low, high } of places) {
        const value = comparison.runs.find(({ id }) => id === run)?.values['delivery/p99/hold'] as number
        const wanted = Math.log(value / low) / Math.log(high / low)
        assert.ok(Math.abs(at - wanted) <= pixel, `${run} at ${at}, not ${wanted}`)
      }
    }
    await close()
  })

  for (const colorScheme of themes)
    it(`draws every arm in its colour, ${colorScheme}`, async () => {
      const { page, close } = await show(comparisons.whole(), { ...wide, colorScheme })
      for (const id of [
        '#chart-metric-0',
        '#chart-shape-hold',
        '#chart-time-p99',
        '#chart-time-backlog',
        '#chart-metric-1',
        '#runs .lanes',
      ]) {
        const counts = await pixelsOf(browser, await page.locator(id).screenshot(), armColors[colorScheme])
        for (const [index, count] of counts.entries()) assert.ok(count >= 20, `${id}: ${count} pixels of arm ${index}`)
      }
      const forest = await page.locator('#chart-effects-lower').screenshot()
      const [points = 0] = await pixelsOf(browser, forest, [pointColors[colorScheme]])
      assert.ok(points >= 20 * 20, `${points} pixels of points`)
      await close()
    })

  it('shows the A/A band, the zone of delta and the grid behind every effect', async () => {
    const { page, close } = await show(comparisons.whole())
    const sizes = (await page.evaluate(
      `[...document.querySelector('#chart-effects-lower .forest-plot').querySelectorAll('.floor, use, .whisker, .point')].map((part) => part.getBoundingClientRect().width)`,
    )) as number[]
    assert.equal(sizes.length, 4)
    for (const width of sizes) assert.ok(width > 1, sizes.join(' '))
    await close()
  })

  it('picks one run out of all pictures, by list, by click and back', async () => {
    const { page, close } = await show(comparisons.whole())
    const strong = () =>
      page.evaluate(
        `[...new Set([...document.querySelectorAll('.run-dots > [data-run], .panel [data-series]')].filter((mark) => getComputedStyle(mark).opacity > 0.5).map((mark) => mark.dataset.run ?? mark.dataset.series))]`,
      )
    await page.selectOption('select', 'mongo-2')
    assert.deepEqual(await strong(), ['mongo-2'])
    const lanes = `[...document.querySelectorAll('.lane-dots')].filter((path) => getComputedStyle(path).opacity > 0.5).map((path) => path.getAttribute('d').split('M').length - 1)`
    const picked = (await page.evaluate(lanes)) as number[]
    assert.ok(picked.length > 5 && picked.every((dots) => dots === 1), picked.join(' '))
    await page.locator('.turn[data-run="cassandra-1"]').click()
    assert.deepEqual(await strong(), ['cassandra-1'])
    assert.equal(await page.inputValue('select'), 'cassandra-1')
    await page.keyboard.press('Escape')
    assert.equal(((await strong()) as string[]).length > 15, true)
    await close()
  })

  it('is reached by keyboard in the order of the page, and switches its theme', async () => {
    const { page, close } = await show(comparisons['two runs']())
    const seen: string[] = []
    for (let step = 0; step < 14; step += 1) {
      await page.keyboard.press('Tab')
      seen.push(
        (await page.evaluate(
          `document.activeElement.matches('a') ? document.activeElement.getAttribute('href') : document.activeElement.tagName`,
        )) as string,
      )
    }
    assert.deepEqual(seen.slice(0, 3), ['#answer', '#answer', '#effects'])
    assert.deepEqual(seen.slice(-4, -1), ['BUTTON', 'BUTTON', 'SELECT'])
    const background = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor')
    assert.equal(await background(), 'rgb(255, 255, 255)')
    await page.locator('#contents a').first().focus()
    await page.keyboard.press('t')
    assert.equal(await background(), 'rgb(20, 23, 27)')
    await close()
  })

  it('is whole without script: answer, tables, pictures, and no dead control', async () => {
    const comparison = comparisons.partial()
    const { page, messages, close } = await show(comparison, { ...wide, javaScriptEnabled: false })
    assert.equal(await page.locator('button, select, canvas').count(), 0)
    assert.ok((await page.locator('#answer').innerText()).includes(comparison.answer[0]?.text ?? '-'))
    assert.ok((await page.locator('#answer').innerText()).includes(comparison.partial ?? '-'))
    for (const id of ['metric-0', 'shape-hold', 'time-p99', 'effects-lower'])
      assert.ok((await page.locator(`#chart-${id} svg`).nth(3).boundingBox())?.width, id)
    assert.equal(await page.locator('#command').innerText(), comparison.command)
    assert.deepEqual(messages, [])
    await close()
  })

  it('prints light and whole, even with a run picked out', async () => {
    const { page, close } = await show(comparisons.whole(), { ...wide, colorScheme: 'dark' })
    await page.selectOption('select', 'mongo-2')
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
    assert.equal(
      await page.evaluate('getComputedStyle(document.documentElement).backgroundColor'),
      'rgb(255, 255, 255)',
    )
    assert.equal(await page.locator('select:visible, button:visible').count(), 0)
    const faint = `[...document.querySelectorAll('.run-dots > use, .panel [data-series]:not(.each)')].filter((mark) => getComputedStyle(mark).opacity !== '1').length`
    assert.equal(await page.evaluate(faint), 0)
    await close()
  })

  for (const format of ['A4', 'Letter'] as const)
    it(`as a PDF on ${format}: answer, every decision, command and runs are in its text`, {
      skip: pdfSkip(),
    }, async () => {
      const comparison = comparisons['missed SLO']()
      const { page, close } = await show(comparison)
      const pdf = await page.pdf({ format, printBackground: true })
      const text = execFileSync('pdftotext', ['-layout', '-', '-'], { input: pdf, encoding: 'utf8' })
      const words = [
        'cannot tell',
        'worse',
        comparison.command,
        'mongo-5',
        'not comparable: missed p99 delivery in hold',
      ]
      for (const part of words) assert.ok(text.includes(part), part)
      await close()
    })

  it('keeps its words under forced colours', async () => {
    const { page, close } = await show(comparisons.whole(), { ...wide, forcedColors: 'active' })
    assert.ok(await page.locator('.decision').first().isVisible())
    assert.ok(await page.locator('h1').isVisible())
    await close()
  })

  it('stays within its budgets', async (t) => {
    const { page, close } = await show(comparisons.full())
    const nodes = (await page.evaluate("document.querySelectorAll('*').length")) as number
    const bytes = Buffer.byteLength(renderComparisonReport(comparisons.full()))
    t.diagnostic(`${nodes} DOM nodes (budget 4000), ${bytes} bytes (budget 400000)`)
    assert.ok(nodes < 4_000)
    assert.ok(bytes < 400_000)
    await close()
  })
})
