import assert from 'node:assert/strict'
import { test } from 'node:test'
import { message } from '../../../system/stores/conformance/samples.ts'
import { type Store, StoreError } from '../../../system/stores/store.ts'
import { FullDisk } from '../../../system/wiring/full-disk.ts'
import { MessageStore } from '../../support/message-store.ts'

const full = () => new StoreError('STORE-FULL', 'no space', { effect: 'definite', retryable: true })
const down = () => new StoreError('STORE-UNREACHABLE', 'gone', { effect: 'definite', retryable: true })

/** Writes once a given second, with the error that second's write has, and tells whether the process would have ended. */
async function writing(...seconds: readonly (readonly [atS: number, error: StoreError | null])[]): Promise<string> {
  const inner = new MessageStore()
  let nowMs = 0
  const watch = new FullDisk(inner as unknown as Store, () => nowMs)
  for (const [atS, error] of seconds) {
    nowMs = atS * 1_000
    inner.beforeWrite = () => {
      if (error) throw error
    }
    const write = watch.store.appendMessages([message(1)])
    if (error) await assert.rejects(write, error)
    else assert.deepEqual(await write, { refused: [] })
  }
  return Promise.race([
    watch.failed.catch((error: StoreError) => `${error.code}: ${error.message}`),
    Promise.resolve().then(() => 'goes on'),
  ])
}

test('a disk that stays full for ten seconds ends the process, and the error says what the engine said', async () => {
  assert.match(await writing([0, full()], [5, full()], [10, full()]), /^STORE-FULL: .*still full after 10 s: no space$/)
})

test('a disk with space again in time does not, and the count begins anew', async () => {
  assert.equal(await writing([0, full()], [9, null], [11, full()], [20, full()]), 'goes on')
})

test('other errors are none of its business', async () => {
  assert.equal(await writing([0, down()], [60, down()]), 'goes on')
})
