import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { EnvironmentError, type Session } from '../../../compose/component.ts'
import { openSession } from '../../../compose/native/session.ts'
import { renderPrometheusConfig } from '../../../dashboards/prometheus/config.ts'
import { federatedSeries } from '../../../dashboards/prometheus/federated.ts'
import { renderRules } from '../../../dashboards/prometheus/rules.ts'
import { skipOrFail } from '../../support/components.ts'
import { ruleTests } from '../../support/rule-tests.ts'

const run = promisify(execFile)
let folder = ''
let session: Session
let promtool = ''
let missing = ''

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chat-promtool-'))
  const signal = new AbortController().signal
  session = await openSession({ runDir: folder, onProgress: () => {}, signal, env: process.env })
  try {
    promtool = (await session.prometheus()).promtool
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error
    missing = error.message
  }
})
after(async () => {
  await session.close()
  await rm(folder, { recursive: true, force: true })
})

const isHere = (t: TestContext) =>
  missing === '' || skipOrFail(t, { available: false, name: 'prometheus', reason: missing })

async function put(name: string, text: string): Promise<string> {
  const file = join(folder, name)
  await writeFile(file, text)
  return file
}

/** What promtool prints; rejects with its words when it objects. */
const tool = async (...args: string[]): Promise<string> => (await run(promtool, args)).stdout

test('promtool takes the rules', async (t) => {
  if (!isHere(t)) return
  assert.match(await tool('check', 'rules', await put('rules.yml', renderRules())), /SUCCESS/)
})

test('promtool takes the configuration of every kind of discovery', async (t) => {
  if (!isHere(t)) return
  const rulesFile = await put('rules.yml', renderRules())
  const targets = await put('targets.json', '[]')
  const config = renderPrometheusConfig({
    version: '3.5.0',
    observed: { run: 'r1', backend: 'mysql', runtime: 'swarm' },
    jobs: [
      { name: 'chat', discovery: { kind: 'file', files: [targets] } },
      { name: 'gateway', role: 'gateway', discovery: { kind: 'dns', names: ['tasks.chat_gateway'], port: 9100 } },
      { name: 'federate', discovery: { kind: 'file', files: [targets] }, federate: federatedSeries },
    ],
    rulesFile,
  })
  assert.match(await tool('check', 'config', await put('prometheus.yml', config)), /SUCCESS/)
})

test('rules record what they should, and alerts fire when and only when they should', async (t) => {
  if (!isHere(t)) return
  await put('rules.yml', renderRules())
  const file = await put('tests.yml', JSON.stringify(ruleTests('rules.yml')))
  await tool('test', 'rules', file)
})
