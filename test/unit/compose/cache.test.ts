import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Cache, cacheFolder, type Recipe, readManifest, sha256 } from '../../../compose/provision/cache.ts'
import { freeBytes } from '../../../compose/provision/disk.ts'
import { temporaryFolder } from '../../support/compose/session.ts'

const MAKER = fileURLToPath(new URL('../../support/compose/cache-process.ts', import.meta.url))
const signal = new AbortController().signal

async function counting(t: TestContext, more: Partial<Recipe> = {}) {
  const root = await temporaryFolder(t)
  const cache = new Cache(root, () => undefined)
  const made: string[] = []
  const recipe: Recipe = {
    name: 'thing',
    version: '1',
    key: 'content',
    needBytes: 0,
    make: async (folder, fetched) => {
      made.push(folder)
      await writeFile(join(folder, 'program'), 'bytes')
      await symlink('program', join(folder, 'link'))
      fetched({ what: 'program.zip', bytes: 5, sha256: sha256('bytes') })
    },
    ...more,
  }
  return { root, cache, made, recipe }
}

test('an entry is made once, and its manifest keeps what was fetched and what came of it', async (t) => {
  const { cache, made, recipe } = await counting(t)
  const path = await cache.entry(recipe, signal)
  assert.equal(await cache.entry(recipe, signal), path)
  assert.equal(made.length, 1)
  const manifest = await readManifest(dirname(path))
  assert.deepEqual(manifest?.sources, [{ what: 'program.zip', bytes: 5, sha256: sha256('bytes') }])
  assert.deepEqual(
    manifest?.files.map((file) => [file.path, file.sha256]),
    [
      ['link', sha256('program')],
      ['program', sha256('bytes')],
    ],
  )
})

test('another key is another entry', async (t) => {
  const { cache, recipe } = await counting(t)
  const one = await cache.entry(recipe, signal)
  const other = await cache.entry({ ...recipe, key: 'other content' }, signal)
  assert.notEqual(one, other)
})

test('an entry that no run has used for a month goes when a newer one is made', async (t) => {
  const { cache, recipe } = await counting(t)
  const paths: Record<string, string> = {}
  for (const key of ['old', 'used']) paths[key] = await cache.entry({ ...recipe, key }, signal)
  const other = await cache.entry({ ...recipe, name: 'other' }, signal)
  const long = new Date(Date.now() - 40 * 24 * 3_600_000)
  for (const path of [paths.old, paths.used, other]) await utimes(join(path ?? '', '..', 'manifest.json'), long, long)
  await cache.entry({ ...recipe, key: 'used' }, signal)
  await cache.entry({ ...recipe, key: 'new' }, signal)
  const left = await readdir(join(cache.root, 'entries'))
  const has = (path = '') => left.some((name) => path.includes(name))
  assert.deepEqual([has(paths.old), has(paths.used), has(other)], [false, true, true])
})

const damages: Record<string, (path: string) => Promise<unknown>> = {
  'a shorter file': (path) => writeFile(join(path, 'program'), 'byte'),
  'other content of the same length': (path) => writeFile(join(path, 'program'), 'BYTES'),
  'a missing file': (path) => rm(join(path, 'program')),
  'a missing manifest': (path) => rm(join(path, '..', 'manifest.json')),
  'a manifest that is no JSON': (path) => writeFile(join(path, '..', 'manifest.json'), '{"format":1,'),
}
for (const [damage, inflict] of Object.entries(damages)) {
  test(`an entry with ${damage} is made again`, async (t) => {
    const { cache, made, recipe } = await counting(t)
    const path = await cache.entry(recipe, signal)
    await inflict(path)
    assert.equal(await cache.has(recipe), false)
    assert.equal(await cache.entry(recipe, signal), path)
    assert.equal(await readFile(join(path, 'program'), 'utf8'), 'bytes')
    assert.equal(made.length, 2)
  })
}

test('an entry whose files were only touched is kept', async (t) => {
  const { cache, made, recipe } = await counting(t)
  const path = await cache.entry(recipe, signal)
  await utimes(join(path, 'program'), new Date(), new Date())
  await cache.entry(recipe, signal)
  assert.equal(made.length, 1)
})

test('a recipe that fails leaves nothing, and may be tried again', async (t) => {
  let tries = 0
  const make: Recipe['make'] = async (folder) => {
    await writeFile(join(folder, 'part'), '')
    tries += 1
    if (tries === 1) throw new Error('the registry hung up')
  }
  const { root, cache, recipe } = await counting(t, { make })
  const failed = cache.entry(recipe, signal)
  await assert.rejects(failed, { code: 'ENV-PROVISION', component: 'thing', message: /the registry hung up/ })
  assert.deepEqual(await readdir(join(root, 'entries')), [])
  assert.deepEqual(await readdir(join(root, 'tmp')), [])
  await cache.entry(recipe, signal)
})

test('a full disk is ENV-DISK, before and while an entry is made', async (t) => {
  const full = async () => {
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
  }
  const { root, cache, recipe } = await counting(t, { make: full })
  await assert.rejects(cache.entry(recipe, signal), { code: 'ENV-DISK' })
  const needBytes = ((await freeBytes(root)) ?? 0) + 1
  const huge = cache.entry({ ...recipe, needBytes }, signal)
  await assert.rejects(huge, { code: 'ENV-DISK', message: /thing needs \d+ MB in .*, and \d+ MB are free/ })
})

test('an aborted wait rejects with the reason', async (t) => {
  const abort = new AbortController()
  const make: Recipe['make'] = async (_folder, _fetched, inner) => {
    abort.abort(new Error('interrupted'))
    inner.throwIfAborted()
  }
  const { cache, recipe } = await counting(t, { make })
  await assert.rejects(cache.entry(recipe, abort.signal), /interrupted/)
})

function maker(t: TestContext, root: string) {
  const child = spawn(process.execPath, [MAKER, root], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  const lines = createInterface(child.stdout)
  const next = async () => String((await once(lines, 'line'))[0])
  return { child, next }
}

test('two runs that need the same entry at once make it once, and both get it', async (t) => {
  const root = await temporaryFolder(t)
  const first = maker(t, root)
  assert.equal(await first.next(), 'making')
  const second = maker(t, root)
  assert.match(await second.next(), /waiting for another run/)
  second.child.stdin.end()
  const paths = Promise.all(
    [first, second].map(async ({ child, next }) => {
      for (let line = await next(); ; line = await next())
        if (line.startsWith(root) || child.exitCode !== null) return line
    }),
  )
  first.child.stdin.end()
  const [path = '', other] = await paths
  assert.equal(path, other)
  assert.equal(await readFile(join(root, 'made.txt'), 'utf8'), 'made\n')
  assert.equal(await readFile(join(path, 'whole'), 'utf8'), 'second half')
})

test('a run that is killed with -9 while it makes an entry leaves none, and its rest is removed', async (t) => {
  const root = await temporaryFolder(t)
  const { child, next } = maker(t, root)
  assert.equal(await next(), 'making')
  child.kill('SIGKILL')
  await once(child, 'exit')
  assert.deepEqual(await readdir(join(root, 'entries')), [])
  assert.equal((await readdir(join(root, 'tmp'))).length, 1)
  // What proper-lockfile would find after its 15 s: a lock nobody has touched since.
  const long = new Date(Date.now() - 60_000)
  await utimes(join(root, 'locks', 'thing.lock'), long, long)
  const { cache, recipe } = { ...(await counting(t)), cache: new Cache(root, () => undefined) }
  await cache.entry(recipe, signal)
  assert.deepEqual(await readdir(join(root, 'tmp')), [])
})

test('the cache folder is where the user wants it', () => {
  assert.equal(cacheFolder({ CHAT_LAB_CACHE: '/a', XDG_CACHE_HOME: '/b' }), '/a')
  assert.equal(cacheFolder({ XDG_CACHE_HOME: '/b' }), '/b/chat-capacity-lab')
  assert.match(cacheFolder({}), /\/\.cache\/chat-capacity-lab$/)
  assert.match(cacheFolder({ XDG_CACHE_HOME: 'relative' }), /\/\.cache\/chat-capacity-lab$/, 'as the XDG rules demand')
})
