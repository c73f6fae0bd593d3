import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, Page } from 'playwright-core'

/** What every page of a report must pass in a browser. */

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
export const widths = [1280, 400, 320]
export const themes = ['light', 'dark'] as const

export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  return page.evaluate(`axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] })
    .then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ': ' + html.slice(0, 160) + ' ' + failureSummary)))`)
}

/** Names at line ends, ticks and phases that touch each other, or stand outside the page. */
export const collisions = (page: Page): Promise<string[]> =>
  page.evaluate(`[...document.querySelectorAll('.xaxis use')].forEach((use) => use.replaceWith(document.querySelector(use.getAttribute('href')).cloneNode(true)));
[...document.querySelectorAll('.frame, .strips, .forest-table thead')].flatMap((frame) => [...frame.querySelectorAll('.ends, .strip, .strip-gutter, .xaxis, .gutter, .strip-axis, .forest-axis')].flatMap((svg) => {
  const boxes = [...svg.querySelectorAll('text')].filter((text) => text.textContent !== '' && getComputedStyle(text).display !== 'none' && !text.classList.contains('unit'))
    .map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() })).filter(({ box }) => box.width > 0)
  const outside = boxes.filter(({ box }) => box.left < -1 || box.right > document.documentElement.clientWidth + 1).map(({ text }) => 'outside: ' + text)
  const touching = boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) => a.box.left < b.box.right - 1 && b.box.left < a.box.right - 1 && a.box.top < b.box.bottom - 4 && b.box.top < a.box.bottom - 4).map((b) => a.text + ' touches ' + b.text))
  return [...outside, ...touching].map((found) => frame.closest('figure').id + ': ' + found)
}))`)

/** How many pixels of a picture have a colour, as `#rrggbb`; a page of its own decodes it. */
export async function pixelsOf(browser: Browser, png: Buffer, colors: readonly string[]): Promise<number[]> {
  const page = await browser.newPage()
  const counts = await page.evaluate(`(async () => {
    const image = new Image()
    image.src = 'data:image/png;base64,${png.toString('base64')}'
    await image.decode()
    const canvas = document.createElement('canvas')
    Object.assign(canvas, { width: image.width, height: image.height })
    const context = canvas.getContext('2d')
    context.drawImage(image, 0, 0)
    const { data } = context.getImageData(0, 0, image.width, image.height)
    return ${JSON.stringify(colors)}.map((color) => {
      const [r, g, b] = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16))
      let count = 0
      for (let i = 0; i < data.length; i += 4) if (data[i] === r && data[i + 1] === g && data[i + 2] === b) count += 1
      return count
    })
  })()`)
  await page.close()
  return counts as number[]
}

export function pdfSkip(): string | false {
  try {
    execFileSync('pdftotext', ['-v'], { stdio: 'ignore' })
    return false
  } catch {
    return process.env.CI ? false : 'no pdftotext found (apt-get install poppler-utils)'
  }
}
