import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import type { ComponentContext } from '../../../compose/components/driver.ts'
import { agentOf, agentSettings } from '../../../compose/components/java/agent.ts'
import { Cache } from '../../../compose/provision/cache.ts'
import { metrics } from '../../../dashboards/metrics.ts'
import { temporaryFolder } from '../../support/compose/session.ts'

interface Settings {
  readonly includeObjectNames: readonly string[]
  readonly excludeObjectNameAttributes: Readonly<Record<string, readonly string[]>>
  readonly rules: readonly { readonly name: string; readonly type: string; readonly labels?: Record<string, string> }[]
}

for (const engine of ['kafka', 'cassandra'] as const)
  test(`${engine}: the agent exposes what the table of metrics says, of beans that are named one by one`, async () => {
    const settings = parse(await readFile(agentSettings(engine), 'utf8')) as Settings
    const exposed = settings.rules.map(({ name, type, labels = {} }) => [name, type.toLowerCase(), Object.keys(labels)])
    const described = metrics
      .filter(({ source }) => source === engine)
      .map(({ name, type, labels }) => [name, type, Object.keys(labels)])
    assert.deepEqual(
      new Set(exposed.map((each) => JSON.stringify(each))),
      new Set(described.map((each) => JSON.stringify(each))),
    )
    const beans = new Set(settings.includeObjectNames)
    for (const bean of beans) assert.doesNotMatch(bean, /[*?]/, bean)
    for (const bean of Object.keys(settings.excludeObjectNameAttributes)) assert.ok(beans.has(bean), bean)
  })

test('an agent that is not to be had leaves an engine without figures, and says why', async (t) => {
  const folder = await temporaryFolder(t)
  const context = {
    cache: new Cache(join(folder, 'cache'), () => {}),
    env: { HOME: folder, PATH: '' },
    signal: new AbortController().signal,
    onProgress: () => {},
    withFigures: true,
  } as unknown as ComponentContext
  const { flags, figures } = (await agentOf('kafka', context))(1)
  assert.deepEqual(flags, [])
  assert.ok(figures && 'missing' in figures)
  assert.match(figures.missing, /no Maven, no repository/)
  const unwanted = (await agentOf('kafka', { ...context, withFigures: false }))(1)
  assert.deepEqual(unwanted, { flags: [] })
})
