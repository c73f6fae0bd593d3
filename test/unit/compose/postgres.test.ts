import assert from 'node:assert/strict'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { installedPostgres, isUsable } from '../../../compose/components/postgres/programs.ts'
import { temporaryFolder } from '../../support/compose/session.ts'

const programs: readonly [versionText: string, usable: boolean][] = [
  ['postgres (PostgreSQL) 18.6 (Debian 18.6-3)', true],
  ['postgres (PostgreSQL) 16.0', true],
  ['postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)', false],
  ['postgres (PostgreSQL) 9.6.24', false],
  ['', false],
]

for (const [versionText, usable] of programs) {
  test(`a postgres that says "${versionText}" is ${usable ? 'taken' : 'passed over'}`, () => {
    assert.equal(isUsable(versionText), usable)
  })
}

async function installation(folder: string, version: string, names = ['postgres', 'initdb']): Promise<string> {
  await mkdir(folder, { recursive: true })
  for (const name of names) {
    const file = join(folder, name)
    await writeFile(file, `#!/bin/sh\necho 'postgres (PostgreSQL) ${version}'\n`)
    await chmod(file, 0o755)
  }
  return folder
}

async function found(t: TestContext, install: (root: string, onPath: string) => Promise<unknown>) {
  const folder = await temporaryFolder(t)
  const [root, onPath] = [join(folder, 'postgresql'), join(folder, 'bin')]
  await install(root, onPath)
  const context = { env: { PATH: `${onPath}:/usr/bin:/bin` }, signal: new AbortController().signal }
  const answer = await installedPostgres(context, root)
  return answer?.slice(folder.length + 1) ?? null
}

test('of several that Debian installed the newest is taken, and one on PATH before them', async (t) => {
  const debian = async (root: string) => {
    for (const major of ['9', '16', '17', '15']) await installation(join(root, major, 'bin'), `${major}.2`)
  }
  assert.equal(await found(t, debian), 'postgresql/17/bin')
  const both = async (root: string, onPath: string) => {
    await debian(root)
    await installation(onPath, '16.1')
  }
  assert.equal(await found(t, both), 'bin')
})

test('what is too old, or has no initdb, is passed over', async (t) => {
  assert.equal(await found(t, (_root, onPath) => installation(onPath, '15.2')), null)
  assert.equal(await found(t, (_root, onPath) => installation(onPath, '17.2', ['postgres'])), null)
  const older = async (root: string, onPath: string) => {
    await installation(onPath, '15.2')
    await installation(join(root, '16', 'bin'), '16.4')
  }
  assert.equal(await found(t, older), 'postgresql/16/bin')
})
