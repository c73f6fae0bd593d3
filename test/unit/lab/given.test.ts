import assert from 'node:assert/strict'
import { test } from 'node:test'
import { logUrlOf, namespaceOf, topicPrefixOf } from '../../../lab/run/reference/given.ts'
import { readKafkaUrl } from '../../../system/logs/kafka/address.ts'

test('on a Kafka that is not ours each run has names of its own, which the system reads from the address', () => {
  const given = { url: '127.0.0.1:1,127.0.0.1:2', origin: 'given' } as const
  const [one, other] = ['20261121-160320-smoke-mongo-b9ab', '20261121-160320-smoke-mongo-b9ac'].map(namespaceOf)
  assert.notEqual(one, other)
  for (const namespace of [one!, other!])
    assert.equal(readKafkaUrl(logUrlOf(given, namespace))?.prefix, topicPrefixOf(given, namespace))
  const own = { url: '127.0.0.1:1', origin: 'provisioned' } as const
  assert.equal(readKafkaUrl(logUrlOf(own, one!))?.prefix, topicPrefixOf(own, one!))
})
