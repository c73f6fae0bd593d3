import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SubscriptionRegistry } from '../../../system/chat/subscriptions.ts'

const operation = fc.record({
  add: fc.boolean(),
  room: fc.constantFrom('r1', 'r2'),
  id: fc.constantFrom('s1', 's2'),
  receiver: fc.constantFrom('ann', 'bob', 'cho'),
})

test('after any additions and removals a room has just its receivers, grouped by subscription id', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
      const registry = new SubscriptionRegistry<string, string>((room, id) => `${room}/${id}`)
      const model = new Set<string>()
      for (const { add, room, id, receiver } of operations) {
        if (add) registry.add(room, id, receiver)
        else registry.remove(room, id, receiver)
        if (add) model.add(`${room}/${id} ${receiver}`)
        else model.delete(`${room}/${id} ${receiver}`)
      }
      const found: string[] = []
      for (const room of ['r1', 'r2']) {
        for (const [id, group] of registry.groups(room) ?? []) {
          assert.equal(group.template, `${room}/${id}`)
          assert.notEqual(group.receivers.size, 0)
          for (const receiver of group.receivers) found.push(`${room}/${id} ${receiver}`)
        }
      }
      assert.deepEqual(found.sort(), [...model].sort())
      assert.equal(registry.rooms, new Set([...model].map((key) => key.split('/')[0])).size)
    }),
  )
})

test('the template of a group is made once', () => {
  let made = 0
  const registry = new SubscriptionRegistry<string, number>(() => made++)
  registry.add('r', 's', 'ann')
  registry.add('r', 's', 'bob')
  assert.equal(made, 1)
})
