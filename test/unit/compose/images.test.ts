import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { extract } from 'tar-stream'
import { archive } from '../../../compose/images/archive.ts'
import { closure, type Lock } from '../../../compose/images/chat/packages.ts'
import { IMAGE_NAMES, type ImageEntry } from '../../../compose/images/image.ts'
import { IMAGES } from '../../../compose/images/index.ts'

async function listed(
  bytes: Uint8Array,
): Promise<Map<string, { type: string; owner: string; mode: number; text: string }>> {
  const found = new Map<string, { type: string; owner: string; mode: number; text: string }>()
  const reader = extract()
  reader.end(bytes)
  for await (const entry of reader) {
    const chunks: Uint8Array[] = []
    for await (const chunk of entry) chunks.push(chunk as Uint8Array)
    const { name, type, uid, gid, mode, linkname } = entry.header
    const text = type === 'symlink' ? linkname : Buffer.concat(chunks).toString()
    assert.ok(!found.has(name), `${name} is there twice`)
    found.set(name, { type, owner: `${uid}:${gid}`, mode, text })
  }
  return found
}

test('an archive holds what was asked for, owned by root but for the folders of its user, and repeats', async (t) => {
  const from = await mkdtemp(join(tmpdir(), 'lab-a-'))
  t.after(() => rm(from, { recursive: true, force: true }))
  await mkdir(join(from, 'lib/deep'), { recursive: true })
  await writeFile(join(from, 'lib/deep/a.so'), 'library', { mode: 0o700 })
  await writeFile(join(from, 'lib/notes.md'), 'notes')
  await symlink('deep/a.so', join(from, 'lib/link.so'))
  const entries: ImageEntry[] = [
    { kind: 'text', path: 'bin/run', text: '#!/bin/sh\n', executable: true },
    { kind: 'copy', path: '', from, without: (path) => path.endsWith('.md') },
    { kind: 'folder', path: '/data' },
  ]
  const bytes = await buffer(archive(entries, '7:8'))
  assert.deepEqual(await buffer(archive(entries, '7:8')), bytes)
  const files = await listed(bytes)
  assert.deepEqual(files.get('usr/bin/run'), { type: 'file', owner: '0:0', mode: 0o755, text: '#!/bin/sh\n' })
  assert.deepEqual(files.get('usr/lib/deep/a.so'), { type: 'file', owner: '0:0', mode: 0o755, text: 'library' })
  assert.equal(files.get('usr/lib/link.so')?.text, 'deep/a.so')
  assert.equal(files.get('lib')?.text, 'usr/lib')
  assert.equal((files.get('data') ?? files.get('data/'))?.owner, '7:8')
  assert.ok(![...files.keys()].some((name) => name.endsWith('.md')))
})

test('a file that cannot be read ends the archive with an error', async () => {
  await assert.rejects(buffer(archive([{ kind: 'copy', path: 'x', from: '/nowhere/at/all' }], '1:1')), /ENOENT/)
})

test('packages are found as Node finds them, and one that the lock file lacks is said by name', () => {
  const version = '1.0.0'
  const lock: Lock = {
    name: 'x',
    version,
    lockfileVersion: 3,
    packages: {
      'node_modules/a': { version, dependencies: { b: '*' }, peerDependencies: { absent: '*' } },
      'node_modules/b': { version },
      'node_modules/a/node_modules/b': { version, dependencies: { c: '*' }, optionalDependencies: { c: '*' } },
      'node_modules/unused': { version },
    },
  }
  assert.deepEqual(closure(['a'], lock), ['node_modules/a', 'node_modules/a/node_modules/b'])
  assert.throws(() => closure(['absent'], lock), /absent, which the chat imports, is not in package-lock/)
})

test('no image runs as root, and every official one is pinned to a version', () => {
  assert.deepEqual(Object.keys(IMAGES).sort(), [...IMAGE_NAMES].sort())
  for (const { name, facts, official, local } of Object.values(IMAGES)) {
    assert.match(facts.user, /^[1-9]\d*:\d+$/, name)
    assert.ok(official || local, name)
    // A version of PostgreSQL has two numbers.
    const full = name === 'postgres' ? /:\d+\.\d+$/ : /:v?\d+\.\d+\.\d+/
    if (official) assert.match(official.reference, full, name)
    if (local) assert.ok(facts.health.local, name)
  }
})
