import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import { RawClient } from '../../support/gateway/raw-client.ts'
import { type Rig, type RigUser, startRig } from '../../support/gateway/rig.ts'

// They only wait: side by side, the agreed time can be one that a busy machine keeps too.
describe('heart-beats on a socket', { concurrency: true }, () => {
  let rig: Rig
  let ann: RigUser
  before(async () => {
    rig = await startRig({ knobs: { heartbeatMs: 150 } })
    ann = await rig.user('ann')
  })
  after(() => rig.close())

  test('a client that wants heart-beats gets them while nothing else is sent', async () => {
    const client = await RawClient.login(rig.urls[0]!, ann, { 'heart-beat': '0,150' })
    while (client.beats < 3) await once(client.ws, 'message')
    client.close()
  })

  test('a client that promised heart-beats and falls silent is told and cut', async () => {
    const client = await RawClient.login(rig.urls[0]!, ann, { 'heart-beat': '150,0' })
    assert.equal((await client.expect('ERROR')).headers.code, 'SYS-400')
    assert.equal(await client.closed, 1002)
  })

  test('a client that keeps its promise with line ends lives', async () => {
    const silent = await RawClient.login(rig.urls[0]!, ann, { 'heart-beat': '150,0' })
    const beating = await RawClient.login(rig.urls[0]!, ann, { 'heart-beat': '150,150' })
    // It answers each beat of the server, and outlives a client that does not, three times over.
    beating.ws.on('message', () => beating.ws.send('\n'))
    await silent.closed
    const another = await RawClient.login(rig.urls[0]!, ann, { 'heart-beat': '150,0' })
    await another.closed
    beating.frame('DISCONNECT', { receipt: 'bye' })
    assert.equal((await beating.expect('RECEIPT')).headers['receipt-id'], 'bye')
    assert.equal(await beating.closed, 1000)
  })

  test('without heart-beats agreed nobody is cut', async () => {
    const quiet = await RawClient.login(rig.urls[0]!, ann)
    const silent = await RawClient.login(rig.urls[0]!, ann, { 'heart-beat': '150,0' })
    await silent.closed
    assert.equal(quiet.ws.readyState, quiet.ws.OPEN)
    assert.equal(quiet.beats, 0)
    quiet.close()
  })
})
