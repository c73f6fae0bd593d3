import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { boards } from '../../../dashboards/boards/index.ts'
import { builtFolder, grafanaFiles, staleFiles, writeBuilt } from '../../../dashboards/build.ts'
import { palette } from '../../../dashboards/palette.ts'
import { readBoard } from '../../../dashboards/viewer/read.ts'

const renderedBoards = () => boards.map(({ uid }) => JSON.parse(grafanaFiles().get(`${uid}.json`) as string))

test('the committed files are what their sources say', async () => {
  assert.deepEqual(await staleFiles(), [])
})

test('a changed, a missing and a left-over file are told by name, and built anew', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'lab-built-'))
  t.after(() => rm(folder, { recursive: true }))
  await cp(builtFolder, folder, { recursive: true })
  await writeFile(join(folder, 'chat-store.json'), '{}\n')
  await rm(join(folder, 'provisioning', 'datasources', 'chat-lab.yaml'))
  await writeFile(join(folder, 'chat-old.json'), '{}\n')
  assert.deepEqual((await staleFiles(folder)).sort(), [
    'chat-old.json has no source',
    'chat-store.json is not what its source says',
    'provisioning/datasources/chat-lab.yaml is missing',
  ])
  await writeBuilt(folder)
  assert.deepEqual(await staleFiles(folder), [])
})

test('boards and their panels are told apart, and no two panels lie on each other', () => {
  const all = renderedBoards()
  assert.equal(new Set(all.map(({ uid }) => uid)).size, all.length)
  assert.equal(new Set(all.map(({ title }) => title)).size, all.length)
  for (const { uid, panels } of all) {
    const distinct = (key: string) => new Set(panels.map((panel: Record<string, unknown>) => panel[key])).size
    assert.equal(distinct('id'), panels.length, uid)
    assert.equal(distinct('title'), panels.length, uid)
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }: { gridPos: Record<'x' | 'y' | 'w' | 'h', number> }) => {
      assert.ok(x + w <= 24, `${uid}: a panel leaves the grid`)
      return Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`)
    })
    assert.equal(new Set(cells).size, cells.length, `${uid}: panels overlap`)
  }
})

test('every panel has a unit, a description, lines from the chosen Prometheus, and is a picture over time', () => {
  for (const { uid, panels } of renderedBoards())
    for (const panel of panels) {
      const name = `${uid}: ${panel.title}`
      assert.equal(panel.type, 'timeseries', name)
      assert.match(panel.fieldConfig.defaults.unit, /./, name)
      assert.match(panel.description, /\.$/, name)
      assert.ok(panel.targets.length > 0, name)
      assert.equal(new Set(panel.targets.map(({ refId }: { refId: string }) => refId)).size, panel.targets.length, name)
      for (const { expr, legendFormat, datasource } of panel.targets) {
        assert.match(expr, /run=~?"\$run"/, `${name}: a query that is bound to no run`)
        assert.match(legendFormat, /./, name)
        assert.equal(datasource.uid, `\${datasource}`, name)
      }
    }
})

test('each board has the variables and the annotations of a run', () => {
  for (const { uid, templating, annotations } of renderedBoards()) {
    assert.deepEqual(
      templating.list.map(({ name }: { name: string }) => name),
      ['datasource', 'backend', 'run'],
      uid,
    )
    assert.deepEqual(
      annotations.list.map(({ name }: { name: string }) => name),
      ['Phases', 'Faults'],
      uid,
    )
  }
})

test('the colours are those of the reports', async () => {
  const css = await readFile(new URL('../../../reports/page/palette.css', import.meta.url), 'utf8')
  const [light = '', dark = ''] = css.split('@media screen and')
  for (const [text, colors] of [
    [light, palette.light],
    [dark, palette.dark],
  ] as const)
    for (const [name, hex] of Object.entries(colors)) assert.ok(text.includes(`--${name}: ${hex};`), `${name} ${hex}`)
})

test('the page reads every board that was built', () => {
  for (const [path, text] of grafanaFiles()) {
    if (!path.endsWith('.json')) continue
    const board = readBoard(text)
    const source = boards.find(({ uid }) => uid === board.uid)
    assert.equal(board.panels.length, source?.panels.length)
    assert.equal(board.manyRuns, source?.manyRuns === true)
    assert.deepEqual(
      board.panels.map(({ targets }) => targets.map(({ expr }) => expr)),
      source?.panels.map(({ lines }) => lines.map(({ expr }) => expr)),
    )
  }
})

test('what provisions a stack names the folder and Prometheus', () => {
  const files = grafanaFiles()
  const source = parse(files.get('provisioning/datasources/chat-lab.yaml') as string)
  assert.equal(source.datasources[0].url, 'http://prometheus:9090')
  const provider = parse(files.get('provisioning/dashboards/chat-lab.yaml') as string)
  assert.equal(provider.providers[0].options.path, '/etc/grafana/dashboards')
})
