import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { Cache } from '../../../compose/provision/cache.ts'
import type { ProvisionContext } from '../../../compose/provision/context.ts'
import {
  debianObstacle,
  loaderOf,
  missingLibraries,
  unpackDebian,
  wrapPrograms,
} from '../../../compose/provision/debian.ts'
import { buildGo, findGo, goToolchain } from '../../../compose/provision/go.ts'
import { unpackWheel, wheelSource } from '../../../compose/provision/wheels.ts'
import { temporaryFolder } from '../../support/compose/session.ts'

const execute = promisify(execFile)

async function provisioning(t: TestContext): Promise<ProvisionContext> {
  const cache = new Cache(await temporaryFolder(t), () => undefined)
  return { cache, env: process.env, signal: new AbortController().signal, onProgress: () => undefined }
}

/** A recipe's tool is missing: a skip by name, a failure where `CI` is set. */
function skipWithout(t: TestContext, what: string, obstacle: string | null | undefined): boolean {
  if (!obstacle) return false
  if (process.env.CI) throw new Error(`${what}: ${obstacle}`)
  t.skip(`${what}: ${obstacle}`)
  return true
}

test('programs of a newer Debian run from their own folder, and a library left out is noticed', async (t) => {
  const context = await provisioning(t)
  if (skipWithout(t, 'Debian packages', await debianObstacle(context))) return
  const prefix = await temporaryFolder(t)
  const packages = ['hello', 'xz-utils']
  const request = { component: 'small', suite: 'sid', packages, keep: /hello|xz-utils|libc6/ }
  const sources = await unpackDebian(request, prefix, await temporaryFolder(t), context)
  assert.deepEqual(
    sources.map(({ what }) => what.split('_')[0]),
    ['hello', 'libc6', 'xz-utils'],
  )
  const loader = loaderOf(prefix, [])
  assert.deepEqual(await missingLibraries(prefix, loader, ['usr/bin/hello'], context), [])
  assert.deepEqual(await missingLibraries(prefix, loader, ['usr/bin/xz'], context), ['liblzma.so.5'])
  await wrapPrograms(prefix, loader, ['usr/bin/hello'])
  assert.equal((await execute(join(prefix, 'usr/bin/hello'))).stdout, 'Hello, world!\n')
})

test('a small wheel comes by pip', async (t) => {
  const context = await provisioning(t)
  const source = await wheelSource(context)
  if (skipWithout(t, 'Python wheels', source?.kind === 'pip' ? null : 'no pip here')) return
  const folder = await temporaryFolder(t)
  const fetched = await unpackWheel({ project: 'six', version: '1.17.0' }, folder, 'six', context)
  assert.equal(fetched.what, 'six-1.17.0-py2.py3-none-any.whl')
  assert.match(fetched.sha256, /^[0-9a-f]{64}$/)
})

test('a Go program is built, and one that does not compile is ENV-PROVISION with its lines', async (t) => {
  const context = await provisioning(t)
  if (skipWithout(t, 'Go', (await findGo()) ? null : 'no Go >= 1.26 on PATH or in the cache')) return
  const moduleDir = await temporaryFolder(t)
  await mkdir(join(moduleDir, 'good'))
  await mkdir(join(moduleDir, 'bad'))
  await writeFile(join(moduleDir, 'go.mod'), 'module small\n\ngo 1.26\n')
  await writeFile(join(moduleDir, 'good', 'main.go'), 'package main\n\nfunc main() { println("built") }\n')
  await writeFile(join(moduleDir, 'bad', 'main.go'), 'package main\n\nfunc main() { nonsense() }\n')
  const go = await goToolchain(context)
  const output = join(moduleDir, 'program')
  await buildGo({ component: 'small', moduleDir, packagePath: './good', output }, go, context)
  assert.equal((await execute(output)).stderr, 'built\n')
  const failed = buildGo({ component: 'small', moduleDir, packagePath: './bad', output }, go, context)
  await assert.rejects(failed, { code: 'ENV-PROVISION', message: /undefined: nonsense/ })
})
