import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { RawClient } from '../../support/gateway/raw-client.ts'
import { type Rig, type RigOptions, startRig } from '../../support/gateway/rig.ts'

/** A member who listens to his room and his errors, with two messages delivered to him. */
async function delivered(t: TestContext, options: RigOptions) {
  const rig = await startRig(options)
  t.after(() => rig.close())
  const ann = await rig.user('ann')
  const room = await rig.room(ann)
  const client = await RawClient.login(rig.urls[0]!, ann)
  t.after(() => client.close())
  await client.subscribe('e', '/user/queue/errors')
  await client.subscribe('s', `/topic/rooms/${room}`)
  for (const clientMessageId of ['c1', 'c2']) client.send(room, { clientMessageId, type: 'TALK', body: 'x' })
  await client.expect('MESSAGE')
  const { seq, prevSeq } = JSON.parse((await client.expect('MESSAGE')).body) as { seq: number; prevSeq: number }
  const mark = async (kind: string, uptoSeq: number) => {
    client.frame('SEND', { destination: `/app/rooms/${room}/receipt`, receipt: 'r' }, JSON.stringify({ kind, uptoSeq }))
    const answers = [await client.next()]
    if (JSON.parse(answers[0]!.body || '{}').event === 'RECEIPT') answers.push(await client.next())
    const { command, headers, body } = answers.at(-1)!
    return headers.destination === '/user/queue/errors' ? (JSON.parse(body).code as string) : command
  }
  return { rig, room, seq, prevSeq, mark }
}

async function marksOf(rig: Rig, room: string): Promise<[delivered: number, read: number]> {
  const [member] = await rig.store.directory.members(room)
  return [member!.lastDeliveredSeq, member!.lastReadSeq]
}

for (const logFirst of [false, true]) {
  const name = logFirst ? 'log-first' : 'store-first'

  test(`${name}: what was just delivered can be marked at once, and the mark never falls`, async (t) => {
    const { rig, room, seq, prevSeq, mark } = await delivered(t, { logFirst })
    assert.equal((await rig.store.readBefore(room, undefined, 1)).length, logFirst ? 0 : 1)
    assert.equal(await mark('delivered', seq), 'RECEIPT')
    assert.equal(await mark('read', seq), 'RECEIPT')
    assert.equal(await mark('read', prevSeq), 'RECEIPT')
    assert.deepEqual(await marksOf(rig, room), [seq, seq])
  })
}

test("a mark above the room's last seq is refused and moves nothing", async (t) => {
  const { rig, room, seq, mark } = await delivered(t, {})
  assert.equal(await mark('read', seq + 1), 'MSG-400')
  assert.equal(await mark('delivered', Number.MAX_SAFE_INTEGER), 'MSG-400')
  assert.deepEqual(await marksOf(rig, room), [0, 0])
})

test('who enters has read what was delivered, also ahead of the store', async (t) => {
  const { rig, room, seq, mark } = await delivered(t, { logFirst: true })
  await mark('delivered', seq)
  const bob = await rig.user('bob')
  await rig.store.directory.addMember(room, bob.id)
  const client = await RawClient.login(rig.urls[0]!, bob)
  client.frame('SEND', { destination: `/app/rooms/${room}/enter`, receipt: 'r' })
  await client.expect('RECEIPT')
  client.close()
  const member = (await rig.store.directory.members(room)).find(({ userId }) => userId === bob.id)
  assert.equal(member!.lastReadSeq, seq)
})
