import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const launcher = fileURLToPath(new URL('../../../scripts/launch.mjs', import.meta.url))

async function launch(args: readonly string[], readsAnswer: boolean) {
  const child = spawn(process.execPath, [launcher, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  if (readsAnswer) child.stdout.resume()
  else child.stdout.destroy()
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, errors }
}

describe('the launcher', () => {
  test('says that an unexpected error is a bug, with exit 5 and not the one of a missed objective', async () => {
    const { code, errors } = await launch(['no-such-command'], true)
    assert.equal(code, 5)
    assert.match(errors, /^This is a bug of the lab:\n.*no-such-command/s)
  })

  test('hands the exit code of a command on', async () => {
    assert.equal((await launch(['gate', 'nowhere.json'], true)).code, 2)
  })

  test('goes on when nobody reads what it prints', async () => {
    assert.deepEqual(await launch(['gate', '--help'], false), { code: 0, errors: '' })
  })
})
