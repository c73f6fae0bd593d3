import assert from 'node:assert/strict'
import { test } from 'node:test'
import { engineOf } from '../../../compose/components/redis/identity.ts'

const lines = (...texts: string[]) => ['# Server', ...texts, ''].join('\r\n')

test('Redis is named Redis', () => {
  assert.deepEqual(engineOf(lines('redis_version:8.0.6', 'redis_mode:standalone')), {
    product: 'Redis',
    version: '8.0.6',
    details: 'standalone',
  })
})

test('Valkey is named Valkey, with its own version, and what it is compatible with', () => {
  const text = lines('redis_version:7.2.4', 'server_name:valkey', 'valkey_version:9.1.2', 'server_mode:standalone')
  assert.deepEqual(engineOf(text), {
    product: 'Valkey',
    version: '9.1.2',
    compatibleWith: 'Redis 7.2.4',
    details: 'standalone',
  })
})

test('a server that only has a version field of its own is named by it', () => {
  const { product, version } = engineOf(lines('redis_version:6.3.4', 'dragonfly_version:df-v1.27.1'))
  assert.deepEqual([product, version], ['Dragonfly', 'df-v1.27.1'])
})
